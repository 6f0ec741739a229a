// What the queue gains where JavaScript runs: keys, ticking a page at once, and
// telling others what is open only while somebody looks. Every key does what a
// link or a button on the page does.

const desk = document.getElementById("hub-desk");
const dialog = document.getElementById("hub-keys");

/** The rows of the list, as they are now. */
const rows = () => [...document.querySelectorAll("[data-hub-row]")];
let current = "";

/** The row that keys are about: the focused one, else the last one, else the one that is open. */
function row() {
  const focused = document.activeElement?.closest("[data-hub-row]");
  if (focused) return focused;
  const known = current && document.querySelector(`[data-hub-row="${CSS.escape(current)}"]`);
  return known || document.querySelector("[data-hub-row].hub-chosen");
}

/** The reference of the idea that keys are about. */
function ref() {
  const focused = document.activeElement?.closest("[data-hub-row]");
  if (focused) return focused.dataset.hubRow;
  const shown = document.querySelector("[data-hub-shows]");
  // On the page of one idea, keys are about that one.
  return current || (shown && shown.dataset.hubShows) || desk.dataset.hubIdea || "";
}

function go(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(row());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
  if (!next) return turn(step);
  current = next.dataset.hubRow;
  const link = next.querySelector("th a");
  link.focus();
  next.scrollIntoView({ block: "nearest" });
}

/** Beyond the last row is the next page. */
function turn(step) {
  const page = document.querySelector(`#results a[rel="${step > 0 ? "next" : "prev"}"]`);
  if (page) page.click();
}

function open() {
  const link = row()?.querySelector("th a");
  if (link) link.click();
}

/** Send a form that stands on no page: what a button beside the idea does. */
function post(action, fields) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  if (!token) return;
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  for (const [name, value] of Object.entries({ ...fields, csrfmiddlewaretoken: token.value })) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}

function page(name) {
  const idea = ref();
  if (idea) window.location.assign(`${desk.dataset.hubRecords}${idea}/${name}/`);
}

function mine() {
  const idea = ref();
  if (!idea) return;
  const next = window.location.pathname + window.location.search;
  const had = document.querySelector(`[data-hub-row="${CSS.escape(idea)}"]`)?.dataset.hubHad;
  post(`${desk.dataset.hubRecords}${idea}/assign/`, { to: "me", next, ...(had ? { had } : {}) });
}

function tick() {
  const box = row()?.querySelector("input[name=idea]");
  if (!box) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Tick every idea of the page, or none if all are ticked. */
function tickAll() {
  const all = document.querySelector("[data-hub-tick-all]");
  if (!all) return;
  all.checked = !all.checked || all.indeterminate;
  all.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Open what can be done with the ideas that are ticked, and go there. */
function several() {
  const bulk = document.querySelector("[data-hub-bulk]");
  if (!bulk) return;
  bulk.open = true;
  bulk.querySelector("select")?.focus();
}

/** Back to the list. */
function up() {
  if (desk.dataset.hubQueue) window.location.assign(desk.dataset.hubQueue);
}

function showKeys() {
  if (dialog && !dialog.open) dialog.showModal();
}

const KEYS = {
  j: () => go(1),
  n: () => go(1),
  k: () => go(-1),
  p: () => go(-1),
  o: open,
  m: mine,
  a: () => page("assess"),
  d: () => page("decide"),
  s: tick,
  S: tickAll,
  b: several,
  w: () => page("ask"),
  u: up,
  t: () => document.querySelector("[data-hub-next]")?.requestSubmit(),
  x: () => document.querySelector("[data-hub-export]")?.click(),
  "/": () => document.getElementById("filter-q")?.focus(),
  "?": showKeys,
};

/** Whether what has the focus takes typing, or keys of its own. */
function typing(element) {
  if (!(element instanceof HTMLElement)) return false;
  if (element.isContentEditable || element.closest("dialog[open]")) return true;
  if (element instanceof HTMLInputElement) return !["checkbox", "button", "submit"].includes(element.type);
  return element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement;
}

document.addEventListener("keydown", (event) => {
  if (!desk || desk.dataset.hubKeys !== "on" || event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key === "t") return;
  const act = KEYS[event.key];
  if (!act || typing(document.activeElement)) return;
  event.preventDefault();
  act();
});

document.addEventListener("focusin", (event) => {
  const focused = event.target instanceof Element && event.target.closest("[data-hub-row]");
  if (focused) current = focused.dataset.hubRow;
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-hub-show-keys]") && dialog && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    showKeys();
  }
  if (target?.closest("[data-hub-close-keys]")) dialog?.close();
});

/** Say how many are ticked, and open what can be done with them at the first. */
function ticked(event) {
  const form = event.target instanceof Element && event.target.closest(".hub-bulk-form");
  if (!form) return;
  const boxes = [...form.querySelectorAll("input[name=idea]")];
  const all = form.querySelector("[data-hub-tick-all]");
  if (event.target === all) for (const box of boxes) box.checked = all.checked;
  const count = boxes.filter((box) => box.checked).length;
  if (all) {
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }
  const said = form.querySelector("[data-hub-ticked]");
  if (said) said.textContent = count ? ` (${count} ticked)` : "";
  const bulk = form.querySelector("[data-hub-bulk]");
  if (bulk && count && !bulk.dataset.hubOpened) {
    bulk.open = true;
    bulk.dataset.hubOpened = "yes";
  }
}
document.addEventListener("change", ticked);

function showTickAll() {
  for (const box of document.querySelectorAll("[data-hub-tick-all]")) box.closest("label").hidden = false;
}
showTickAll();
document.addEventListener("htmx:afterSettle", showTickAll);

// Nobody is told that an idea is open on a page that nobody looks at.
document.addEventListener("htmx:beforeRequest", (event) => {
  const said = event.target instanceof Element && event.target.closest("[data-hub-presence]");
  if (said && document.hidden) event.preventDefault();
});
// That the network is away for a moment is no news worth an alarm.
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(
    name,
    (event) => {
      if (event.target instanceof Element && event.target.closest("[data-hub-presence]")) event.stopImmediatePropagation();
    },
    { capture: true },
  );
}
