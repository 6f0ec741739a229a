// What pages gain where JavaScript runs; without it every page still works.
// The design system's components are started by vendor/nhsuk (and again in
// whatever htmx brings in). No eval, nothing inline: the page's policy forbids it.

const announcer = document.getElementById("hub-announce");

/** Say something to people who hear the page. */
function announce(sentence) {
  if (!announcer) return;
  announcer.textContent = "";
  // A change in the next frame is spoken even if the words are the same.
  requestAnimationFrame(() => {
    announcer.textContent = sentence;
  });
}

/** Show a sentence at the top of the page's main part, and move there. */
function tell(sentence) {
  const main = document.getElementById("maincontent");
  if (!main) return;
  document.getElementById("hub-problem")?.remove();
  const box = document.createElement("div");
  box.id = "hub-problem";
  box.className = "nhsuk-error-summary";
  box.tabIndex = -1;
  const words = document.createElement("p");
  words.setAttribute("role", "alert");
  words.className = "nhsuk-u-margin-bottom-0";
  words.textContent = sentence;
  box.append(words);
  main.prepend(box);
  box.focus();
}

const SENTENCES = {
  403: "You cannot do this, or this page was open for too long. Copy what you typed, reload the page and try again.",
  404: "This is no longer here. Reload the page.",
  409: "Somebody changed this before you. Reload the page to see what they did; copy what you typed first.",
  429: "Too many tries in a short time. Wait a few minutes, then try again.",
};

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  // A refusal that is a whole page says it best itself.
  tell(SENTENCES[status] || "Something went wrong at our end. What you typed is still here: try again.");
});

document.addEventListener("htmx:sendError", () => {
  tell("We could not reach the server. What you typed is still here: check your connection and try again.");
});

document.addEventListener("htmx:timeout", () => {
  tell("The server took too long. What you typed is still here: try again.");
});

document.addEventListener("htmx:beforeRequest", () => {
  document.getElementById("hub-problem")?.remove();
});

// A rejected form comes back with an error summary: go there, and let the title say so.
document.addEventListener("htmx:afterSettle", (event) => {
  const part = event.detail.elt;
  if (!(part instanceof Element)) return;
  const summary = part.matches(".nhsuk-error-summary")
    ? part
    : part.querySelector(".nhsuk-error-summary");
  const plain = document.title.replace(/^Error: /, "");
  if (summary) {
    document.title = `Error: ${plain}`;
    if (!summary.hasAttribute("tabindex")) summary.tabIndex = -1;
    summary.focus();
    return;
  }
  if (event.detail.requestConfig && event.detail.requestConfig.verb !== "get") document.title = plain;
  // A part may name what to focus (a panel opened beside a list) and what to say.
  const target = part.matches("[data-hub-focus]") ? part : part.querySelector("[data-hub-focus]");
  if (target) {
    if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
    target.focus();
  }
  const said = part.matches("[data-hub-announce]") ? part : part.querySelector("[data-hub-announce]");
  if (said) announce(said.dataset.hubAnnounce);
});

// The row whose record is open beside the list is marked, whichever of the two came last.
document.addEventListener("htmx:afterSettle", () => {
  const shown = document.querySelector("[data-hub-shows]");
  if (!shown) return;
  for (const row of document.querySelectorAll("[data-hub-row]")) {
    const chosen = row.dataset.hubRow === shown.dataset.hubShows;
    row.classList.toggle("hub-chosen", chosen);
    if (chosen) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
});

// A question whose answers are radio buttons: with one of them in focus, 1 chooses the first
// answer, 2 the second, and focus goes on to the next question.
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || !/^[1-9]$/.test(event.key)) return;
  if (!(event.target instanceof HTMLInputElement) || event.target.type !== "radio") return;
  const question = event.target.closest("[data-hub-digits]");
  const radio = question?.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
  if (!radio) return;
  event.preventDefault();
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  const all = [...document.querySelectorAll("[data-hub-digits]")];
  const next = all[all.indexOf(question) + 1];
  const goal = next
    ? next.querySelector("input[type=radio]:checked") || next.querySelector("input[type=radio]")
    : question.closest("form")?.querySelector("button[value=finish]");
  goal?.focus();
});

// Signing out leaves nothing behind on this device that somebody typed (see maturity.js).
document.addEventListener("submit", (event) => {
  if (!(event.target instanceof Element) || !event.target.matches(".nhsuk-header__account-form")) return;
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith("hub-unsaved:")) localStorage.removeItem(name);
  }
});

// Printing shows what is folded away.
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("main details:not([open])")];
  for (const part of opened) part.open = true;
});
window.addEventListener("afterprint", () => {
  for (const part of opened) part.open = false;
  opened = [];
});
