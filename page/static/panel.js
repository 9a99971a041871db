// The panel beside the conversation: sources of an answer, a document with its quotes, and the card over a chip.
const panel = at("panel");
const room = matchMedia("(min-width: 981px)");
const wide = () => room.matches;
const titles = { documents: "Documents", sources: "Sources", document: "Document", settings: "Settings" };
let before = null; // where the focus was before a document was opened
let came = "documents"; // the view that Back leads to
let turned = 0; // how often another view was opened: what was asked for before that does not come in between

function view(name, open = true) {
  turned += 1;
  panel.dataset.view = name;
  for (const part of panel.querySelectorAll(".view")) part.hidden = part.dataset.view !== name;
  at("panel-title").textContent = titles[name];
  at("back").hidden = name !== "document";
  at("stepper").hidden = true;
  if (open) {
    panel.classList.add("open");
    document.body.classList.toggle("sheet", !wide());
  }
}

function fold() {
  panel.classList.remove("open");
  document.body.classList.remove("sheet");
}
room.addEventListener("change", fold); // a tablet is turned: beside the answer it is no sheet, nor over it what was beside

function closePanel() {
  fold();
  if (wide()) view("documents", false);
  before?.isConnected && before.focus();
  before = null;
}

const part = (name) => panel.querySelector(`.view[data-view="${name}"]`);

// With focus a person asked for them; else they come by themselves, unless another view was opened since.
async function sources(turn, focus, seen = turned) {
  const told = await act("sources", { turn });
  if (told.error) return;
  state.turn = turn;
  part("sources").innerHTML = told.html;
  part("sources").dataset.turn = turn;
  if (focus || (wide() && seen === turned)) view("sources");
  if (focus) part("sources").querySelector('[role="tab"]').focus();
}

async function reader(given, from) {
  const told = await act("document", given);
  if (told.error) return;
  before = from;
  if (panel.dataset.view !== "document") came = panel.dataset.view;
  if (given.turn && came !== "sources") {
    const tabs = await act("sources", { turn: given.turn });
    if (!tabs.error) { part("sources").innerHTML = tabs.html; part("sources").dataset.turn = given.turn; came = "sources"; }
  }
  part("document").innerHTML = told.html;
  part("document").dataset.turn = given.turn ?? "";
  view("document");
  const shown = part("document").querySelector(".document");
  const current = shown.dataset.current;
  if (current && shown.querySelector(`mark[data-quotes~="${current}"]`)) return step(current);
  const found = shown.querySelector("mark.found");
  found?.setAttribute("tabindex", "-1");
  found?.scrollIntoView({ block: "center" });
  (found ?? shown.querySelector("h2")).focus({ preventScroll: true });
}

// Moves to one quote of the document: the marked runs that carry its number.
function step(number) {
  const shown = part("document").querySelector(".document");
  const numbers = shown.dataset.numbers.split(",").filter(Boolean);
  shown.dataset.current = number;
  for (const mark of shown.querySelectorAll("mark")) mark.classList.toggle("current", mark.matches(`[data-quotes~="${number}"]`));
  const first = shown.querySelector("mark.current");
  first.tabIndex = -1;
  first.scrollIntoView({ block: "center" });
  first.focus({ preventScroll: true });
  at("stepper").hidden = numbers.length < 2;
  at("step").textContent = `${numbers.indexOf(String(number)) + 1} of ${numbers.length}`;
}

function along(by) {
  const shown = part("document").querySelector(".document");
  const numbers = shown.dataset.numbers.split(",").filter(Boolean);
  step(numbers[(numbers.indexOf(shown.dataset.current) + by + numbers.length) % numbers.length]);
}

at("next").addEventListener("click", () => { along(1); at("next").focus(); });
at("previous").addEventListener("click", () => { along(-1); at("previous").focus(); });
at("close").addEventListener("click", closePanel);
at("back").addEventListener("click", () => {
  view(came);
  (before?.isConnected ? before : at("panel-title")).focus();
});
at("show-documents").addEventListener("click", () => { view("documents"); at("panel-title").focus(); });
at("show-settings").addEventListener("click", async () => {
  const told = await act("settings");
  if (told.error) return;
  part("settings").innerHTML = told.html;
  chosen = Object.fromEntries(new FormData(at("settings")));
  view("settings");
  at("panel-title").focus();
});
let chosen = {}; // the settings as they are kept
part("settings").addEventListener("submit", (event) => event.preventDefault());
part("settings").addEventListener("change", async (event) => {
  const field = event.target;
  const value = field.value;
  const told = await act("set", { settings: { [field.name]: value } });
  if (!told.error) chosen[field.name] = value;
  else field.form.elements[field.name].value = chosen[field.name];
  at("kept").textContent = told.kept ?? "";
});

// Chips, quotes and passages all open a document.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-number], button[data-end], button[data-open]");
  if (!button) return;
  const turn = button.closest("[data-turn]")?.dataset.turn;
  const { number, doc, start, end, open } = button.dataset;
  hideCard();
  if (number && !turn) return toast("The answer is still being written: its quotes can be opened in a moment.");
  reader({ turn: turn ? Number(turn) : null, number: number && Number(number), doc: doc ?? open, start, end }, button);
});

// The card: what a quote says, on hover and on focus
const card = at("card");
let pending;

function showCard(chip) {
  const { quote, title, where, stale } = chip.dataset;
  const line = (tag, text, kind) => {
    const element = document.createElement(tag);
    element.textContent = text;
    element.dir = "auto";
    if (kind) element.className = kind;
    return element;
  };
  card.replaceChildren(line("blockquote", quote), line("b", title), line("span", where));
  if (stale !== undefined) card.append(line("span", "No longer in the document as it is now", "note"));
  card.hidden = false;
  const box = chip.getBoundingClientRect();
  const width = Math.min(380, innerWidth - 24);
  card.style.width = `${width}px`;
  card.style.left = `${Math.max(12, Math.min(box.left - 20, innerWidth - width - 12))}px`;
  const above = box.top > card.offsetHeight + 80;
  card.style.top = `${above ? box.top - card.offsetHeight - 8 : box.bottom + 8}px`;
  chip.setAttribute("aria-describedby", "card");
}

function hideCard() {
  clearTimeout(pending);
  card.hidden = true;
  document.querySelector('.chip[aria-describedby="card"]')?.removeAttribute("aria-describedby");
}

document.addEventListener("pointerover", (event) => {
  const chip = event.target.closest("button.chip");
  clearTimeout(pending);
  if (chip && event.pointerType !== "touch") pending = setTimeout(() => showCard(chip), 120);
  else if (!event.target.closest("#card")) pending = setTimeout(hideCard, 150);
});
document.addEventListener("focusin", (event) => {
  const chip = event.target.closest("button.chip");
  if (chip?.matches(":focus-visible")) showCard(chip);
  else hideCard();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (!card.hidden) return hideCard();
    if (at("history").classList.contains("open")) { drawer(false); return at("show-history").focus(); }
    if (panel.classList.contains("open")) closePanel();
  }
  const tab = event.target.closest?.('[role="tab"]');
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (tab && by) {
    const all = [...tab.parentElement.children];
    pick(all[(all.indexOf(tab) + by + all.length) % all.length]);
  }
});
document.addEventListener("scroll", hideCard, { capture: true, passive: true });

function pick(tab) {
  for (const other of tab.parentElement.children) {
    const mine = other === tab;
    other.setAttribute("aria-selected", String(mine));
    other.tabIndex = mine ? 0 : -1;
    at(other.getAttribute("aria-controls")).hidden = !mine;
  }
  tab.focus();
}
panel.addEventListener("click", async (event) => {
  const tab = event.target.closest('[role="tab"]');
  if (tab) return pick(tab);
  const page = event.target.closest("[data-page]");
  if (!page) return;
  const shown = page.parentElement.nextElementSibling;
  if (shown?.matches("img.sheet")) { shown.remove(); page.textContent = "Show the page"; return; }
  page.disabled = true;
  const told = await act("page", { doc: page.dataset.doc, page: Number(page.dataset.page) });
  page.disabled = false;
  if (told.error) return;
  const image = document.createElement("img");
  image.className = "sheet";
  image.alt = `Page ${page.dataset.page} as it looks in the PDF`;
  image.src = told.image;
  page.parentElement.after(image);
  page.textContent = "Hide the page";
});
