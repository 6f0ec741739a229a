// Rating pages where JavaScript runs: saved as one goes, and nothing typed is lost
// when the connection is. Without it the page is a plain form with a button.
//
// What is not saved yet is kept in localStorage under
// "hub-unsaved:<account>:<self-assessment>:<sub-domain>" as {at, sent, fields},
// until the server says that it has it. Signing out clears it (app.js).

const KEEP_DAYS = 14;
const LOST = "Not saved: no connection. What you typed is kept on this device and sent when you are back.";
const SIGNED_OUT = "Not saved: you are signed out. What you typed is kept on this device; sign in again, then open this page.";

const form = document.querySelector("[data-hub-autosave]");
const status = document.getElementById("saved");
const key = form?.dataset.hubAutosave || "";
// Names that go with every post and are not what somebody typed.
const UNTYPED = new Set(["csrfmiddlewaretoken", "shown", "do"]);

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name) || "null");
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    if (value) localStorage.setItem(name, JSON.stringify(value));
    else localStorage.removeItem(name);
  } catch {
    // A browser that keeps nothing: the page still saves as it goes.
  }
}

/** What somebody chose and typed, without what the page has seen. */
function typed() {
  const found = {};
  for (const [name, value] of new FormData(form)) {
    if (!UNTYPED.has(name) && !name.startsWith("seen-")) found[name] = String(value).replace(/\r\n/g, "\n");
  }
  return found;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function say(sentence, lost = false) {
  if (!status) return;
  status.textContent = sentence;
  status.classList.toggle("hub-saved--not", lost);
}

/** Forget what is too old to be of use. */
function tidy() {
  const oldest = Date.now() - KEEP_DAYS * 86_400_000;
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith("hub-unsaved:") && !((read(name)?.at || 0) > oldest)) write(name, null);
  }
}

/** The page that was left by "Save and continue" said so in this page's address: it is saved. */
function forgetWhatWasSaved() {
  const saved = new URLSearchParams(window.location.search).get("saved");
  const list = document.querySelector("[data-hub-unsaved-list]")?.dataset.hubUnsavedList;
  const before = list || key.slice(0, key.lastIndexOf(":") + 1);
  if (!saved || !before) return;
  const kept = read(before + saved);
  if (kept?.sent) write(before + saved, null);
}

// -- the list of tasks: what is kept on this device and was never saved -------------
function showKept() {
  const place = document.querySelector("[data-hub-unsaved-list]");
  if (!place) return;
  const prefix = place.dataset.hubUnsavedList;
  const codes = Object.keys(localStorage)
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
  if (!codes.length) return;
  const words = document.createElement("p");
  words.textContent = "Kept on this device and not saved yet. Open it to put it back: ";
  for (const code of codes) {
    const link = document.querySelector(`a[href$="/rate/${CSS.escape(code)}/"]`);
    if (!link) continue;
    const copy = document.createElement("a");
    copy.href = link.href;
    copy.textContent = link.textContent;
    words.append(copy, " ");
  }
  if (words.children.length) {
    place.append(words);
    place.hidden = false;
  }
}

// -- the rating page ------------------------------------------------------------------
let timer = 0;
let sending = null;

function keep(sent = false) {
  write(key, { at: Date.now(), sent, fields: typed() });
}

/** Whether what is kept is what stands on this page, and not what another visit left. */
const isMine = () => same(read(key)?.fields, typed());

function save() {
  clearTimeout(timer);
  htmx.trigger(form, "hub:save");
}

/** After a choice at once; while somebody types, when they pause. */
function changed(event) {
  if (!(event.target instanceof Element) || !event.target.getAttribute("name")) return;
  keep();
  clearTimeout(timer);
  timer = setTimeout(save, event.type === "change" ? 200 : 1500);
}

/** Put back what is kept, and save it. */
function restore(fields) {
  for (const [name, value] of Object.entries(fields)) {
    const control = form.elements.namedItem(name);
    if (control instanceof RadioNodeList) control.value = value;
    else if (control) control.value = value;
  }
  keep();
  save();
}

function offer() {
  const place = document.querySelector("[data-hub-restore]");
  const kept = read(key);
  if (!place || !kept) return;
  if (same(kept.fields, typed())) {
    write(key, null);
    return;
  }
  const words = document.createElement("p");
  const at = new Date(kept.at);
  words.textContent = `On ${at.toLocaleDateString("en-GB", { day: "numeric", month: "long" })} at ${at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })} you typed something here that was not saved.`;
  const put = button("Put it back", "");
  const drop = button("Throw it away", " nhsuk-button--secondary");
  put.addEventListener("click", () => {
    place.hidden = true;
    restore(kept.fields);
    form.querySelector("input[type=radio]:checked")?.focus();
  });
  drop.addEventListener("click", () => {
    place.hidden = true;
    write(key, null);
    form.querySelector("input[type=radio]")?.focus();
  });
  const row = document.createElement("div");
  row.className = "nhsuk-button-group";
  row.append(put, drop);
  place.setAttribute("role", "region");
  place.setAttribute("aria-label", "Not saved");
  place.append(words, row);
  place.hidden = false;
}

function button(words, kind) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `nhsuk-button nhsuk-button--small${kind}`;
  made.textContent = words;
  return made;
}

/** A rating typed as its number chooses it, "n" means not applicable; focus goes on to the next question. */
function rateByKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.target instanceof HTMLInputElement)) return;
  if (event.target.type !== "radio") return;
  const question = event.target.closest("[data-hub-scale]");
  const value = event.key.toLowerCase() === "n" ? "na" : event.key;
  const radio = [...(question?.querySelectorAll("input[type=radio]") || [])].find((each) => each.value === value);
  if (!radio || !value) return;
  event.preventDefault();
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  const all = [...document.querySelectorAll("[data-hub-scale]")];
  const next = all[all.indexOf(question) + 1];
  const goal = next
    ? next.querySelector("input[type=radio]:checked") || next.querySelector("input[type=radio]")
    : form.querySelector("textarea");
  goal?.focus();
}

function begin() {
  offer();
  form.addEventListener("change", changed);
  form.addEventListener("input", (event) => {
    if (event.target instanceof HTMLTextAreaElement) changed(event);
  });
  form.addEventListener("keydown", rateByKey);
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (navigator.onLine) {
      keep(true);
      return;
    }
    // The browser's own page would take the place of what was typed.
    event.preventDefault();
    keep();
    say(LOST, true);
  });
  window.addEventListener("online", () => {
    if (isMine()) save();
  });
  window.addEventListener("offline", () => {
    if (isMine()) say(LOST, true);
  });
  // What goes out: remembered, so that only what the server has is forgotten.
  form.addEventListener("htmx:configRequest", () => {
    sending = typed();
  });
  form.addEventListener("htmx:beforeSwap", (event) => {
    const said = event.detail.xhr.getResponseHeader("X-Hub-Saved");
    if (said === "yes") {
      // Only what the server has is forgotten: not what was typed since, nor what is only offered.
      if (same(sending, read(key)?.fields)) write(key, null);
      status?.classList.remove("hub-saved--not");
    } else if (said === "no") {
      status?.classList.add("hub-saved--not");
    } else {
      // A page of another kind: somebody has to sign in again.
      event.detail.shouldSwap = false;
      if (event.detail.xhr.status < 400) say(SIGNED_OUT, true);
    }
  });
  // That the network is away for a moment is said beside the button, and takes nobody's focus.
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(
      name,
      (event) => {
        if (event.target !== form) return;
        event.stopImmediatePropagation();
        say(name === "htmx:responseError" ? "Not saved: something went wrong at our end. What you typed is kept on this device. Save and continue to try again." : LOST, true);
      },
      { capture: true },
    );
  }
  // Come from the page before: straight to the first question.
  if ("hubArrived" in form.dataset && !document.querySelector(".nhsuk-error-summary")) {
    (form.querySelector("input[type=radio]:checked") || form.querySelector("input[type=radio]"))?.focus();
  }
}

tidy();
forgetWhatWasSaved();
showKept();
if (form) begin();
