// Asking and the conversation. What is shown comes from the server as HTML that is already escaped; this puts it in place.
const at = (id) => document.getElementById(id);
const base = location.pathname.replace(/\/?$/, "/") + "gradio_api/";
const state = { conversation: null, running: null, turn: null, since: "", as_of: "" };

async function act(does, given = {}) {
  let told;
  try {
    const reply = await fetch(base + "run/page", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ data: [{ do: does, ...given }] }),
    });
    if (reply.status === 401) { location.reload(); return { error: "Log in again." }; }
    const said = await reply.json();
    told = said.data?.[0] ?? { error: said.error ?? "The server could not do that; reload the page." };
  } catch {
    told = { error: "Footnote does not answer: is it still running in its terminal?" };
  }
  if (told.error) toast(told.error, "bad");
  return told;
}

function toast(text, kind = "", undo = null) {
  const box = at("toast");
  box.className = kind;
  box.replaceChildren(text);
  if (undo) {
    const button = document.createElement("button");
    button.textContent = "Undo";
    button.onclick = () => { box.replaceChildren(); undo(); };
    box.append(button);
  }
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => box.replaceChildren(), undo ? 12000 : 6000);
}

// Asking

function article(question) {
  const turn = document.createElement("article");
  turn.className = "turn";
  turn.id = `turn-${at("turns").children.length + 1}`;
  const heading = document.createElement("h2");
  heading.dir = "auto";
  heading.textContent = question;
  const body = document.createElement("div");
  body.className = "said";
  turn.append(heading, body);
  at("turns").append(turn);
  at("welcome").hidden = true;
  return turn;
}

function settle(turn, told) {
  turn.dataset.turn = told.turn;
  turn.dataset.cites = told.cites;
  state.turn = told.turn;
}

async function ask(question) {
  question = question.trim();
  if (!question || state.running) return;
  const run = (state.running = crypto.randomUUID?.() ?? String(Math.random()));
  const box = at("question");
  box.value = "";
  grow();
  busy(true);
  at("filters").hidden = true;
  at("filter").setAttribute("aria-expanded", "false");
  const turn = article(question);
  turn.setAttribute("aria-busy", "true");
  const body = turn.querySelector(".said");
  body.innerHTML = '<p class="stage"><span class="dot" aria-hidden="true"></span>Waiting for its turn</p>';
  turn.scrollIntoView({ block: "start" });
  let last = null;
  let why = "The connection was lost before the answer was whole; ask again.";
  const seen = turned;
  const show = (told) => {
    last = told;
    body.innerHTML = told.html;
    if (!told.done) say(body.querySelector(".stage")?.textContent);
  };
  const given = { question, run, conversation: state.conversation, since: state.since, as_of: state.as_of };
  try {
    await stream({ ...given }, show);
  } catch (error) {
    if (!(error instanceof TypeError)) why = error.message; // else what the browser says of a connection
  }
  if (!last?.done && !last?.failed) fail(body, why);
  if (last?.done) {
    settle(turn, last);
    state.conversation = last.conversation;
    say(last.status === "abstained" ? "The documents do not say." : `Answer ready, ${last.cites} quotes.`);
    list();
    if (wide() && last.cites && panel.dataset.view !== "settings") sources(last.turn, false, seen);
  } else {
    say("No answer: something failed.");
    if (!box.value.trim()) box.value = question;
    grow();
  }
  turn.removeAttribute("aria-busy");
  state.running = null;
  busy(false);
}

function fail(body, why) {
  const box = document.createElement("div");
  box.className = "failure";
  box.setAttribute("role", "alert");
  for (const [tag, text] of [["b", "No answer: something failed."], ["p", why], ["p", "Your question is back in the box."]]) {
    const line = document.createElement(tag);
    line.textContent = text;
    box.append(line);
  }
  body.replaceChildren(box);
}

// The queue gives a ticket; what becomes of it is streamed as server-sent events.
async function stream(given, show) {
  const post = await fetch(base + "call/reply", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ data: [given] }),
  }).catch(() => { throw new Error("Footnote does not answer: is it still running in its terminal?"); });
  if (post.status === 503) throw new Error("Footnote is busy: too many questions are waiting. Ask again in a minute.");
  if (post.status === 401) return location.reload();
  if (post.status === 429) throw new Error((await post.json()).error);
  if (!post.ok) throw new Error("The server did not take the question; reload the page and ask again.");
  const { event_id } = await post.json();
  const reply = await fetch(`${base}call/reply/${event_id}`);
  if (!reply.ok) throw new Error("The server lost the question before it was answered; ask again.");
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events) {
      const kind = event.match(/^event: (.*)$/m)?.[1];
      const data = event.match(/^data: (.*)$/m)?.[1];
      if (kind === "error") throw new Error("Footnote met an unexpected error; the details stand in its terminal.");
      if (kind === "generating") show(JSON.parse(data)[0]);
    }
  }
}

function busy(on) {
  const free = document.activeElement === document.body || document.activeElement.matches("#stop, #ask, #question");
  at("ask").hidden = on;
  at("stop").hidden = !on;
  at("stop").disabled = false;
  if (!on && free) at("question").focus({ preventScroll: true });
}

function say(text) {
  if (text && at("live").textContent !== text) at("live").textContent = text;
}

function grow() {
  const box = at("question");
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 180)}px`;
}

at("composer").addEventListener("submit", (event) => { event.preventDefault(); ask(at("question").value); });
at("question").addEventListener("input", grow);
at("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); ask(at("question").value); }
});
at("stop").addEventListener("click", () => { at("stop").disabled = true; act("stop", { run: state.running }); });
document.addEventListener("click", (event) => {
  const offer = event.target.closest(".offer");
  if (offer) { ask(offer.textContent); if (!wide()) closePanel(); }
});

// Filters

async function refilter() {
  const told = await act("pills", { since: state.since, as_of: state.as_of });
  if (told.error) return;
  at("pills").innerHTML = told.pills;
}

at("filter").addEventListener("click", () => {
  const hidden = (at("filters").hidden = !at("filters").hidden);
  at("filter").setAttribute("aria-expanded", String(!hidden));
  if (!hidden) at("since").focus();
});
for (const name of ["since", "as_of"]) {
  at(name).addEventListener("change", () => { state[name] = at(name).value; refilter(); });
}
at("pills").addEventListener("click", async (event) => {
  const drop = event.target.closest("[data-drop]")?.dataset.drop;
  if (!drop) return;
  if (drop === "off") { shelve(await act("switch", { all: true })); }
  else { state[drop] = ""; at(drop).value = ""; }
  await refilter();
  at("question").focus();
});

// Conversations

const RUNNING = "An answer is being written: stop it first.";

async function list() {
  const told = await act("conversations", { sought: at("seek").value });
  if (!told.error) listed(told.conversations);
}

function listed(html) {
  if (at("conversations").querySelector("input")) return; // a name is being typed; the list comes after it
  at("conversations").innerHTML = html;
  at("conversations").querySelector(`[data-conversation="${state.conversation}"]`)?.classList.add("now");
}

function fresh() {
  if (state.running) return toast(RUNNING);
  Object.assign(state, { conversation: null, turn: null });
  at("turns").replaceChildren();
  at("welcome").hidden = false;
  at("conversations").querySelector(".now")?.classList.remove("now");
  drawer(false);
  if (panel.dataset.view !== "documents") view("documents");
  at("question").focus();
}

async function reopen(number) {
  if (state.running) return toast(RUNNING);
  const seen = turned;
  const told = await act("conversation", { conversation: number });
  if (told.error) return;
  at("turns").replaceChildren();
  at("welcome").hidden = told.turns.length > 0;
  state.conversation = told.conversation;
  for (const kept of told.turns) {
    const turn = article(kept.question);
    turn.querySelector(".said").innerHTML = kept.html;
    settle(turn, kept);
  }
  list();
  drawer(false);
  at("turns").lastElementChild?.scrollIntoView({ block: "start" });
  const last = told.turns.at(-1);
  if (wide() && last?.cites) sources(last.turn, false, seen);
}

function drawer(open) {
  at("history").classList.toggle("open", open);
  at("show-history").setAttribute("aria-expanded", String(open));
  if (open) at("new").focus();
}

at("show-history").addEventListener("click", () => drawer(!at("history").classList.contains("open")));
at("new").addEventListener("click", fresh);
let typing;
at("seek").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(list, 200); });
at("conversations").addEventListener("click", async (event) => {
  const row = event.target.closest("[data-conversation]");
  const number = Number(row?.dataset.conversation);
  const tool = event.target.closest("[data-tool]")?.dataset.tool;
  if (!row) return;
  if (!tool && event.target.closest(".open")) return reopen(number);
  if (tool === "rename") return rename(row, number);
  if (tool === "export") return save(await act("export", { conversation: number }));
  if (tool === "forget") {
    if (state.running && number === state.conversation) return toast(RUNNING);
    const told = await act("forget", { conversation: number });
    if (told.error) return;
    list();
    if (number === state.conversation) fresh();
    toast("Conversation deleted.", "", async () => { await act("forget", { conversation: number, back: true }); list(); });
  }
});

function rename(row, number) {
  const input = document.createElement("input");
  input.value = row.querySelector(".open").textContent;
  input.setAttribute("aria-label", "New name");
  const before = [...row.children];
  row.replaceChildren(input);
  input.focus();
  input.select();
  let over = false;
  const end = async (keep) => {
    if (over) return;
    over = true;
    row.replaceChildren(...before);
    if (keep && input.value.trim()) await act("rename", { conversation: number, title: input.value });
    list();
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") end(true);
    if (event.key === "Escape") { event.stopPropagation(); end(false); }
  });
  input.addEventListener("blur", () => end(true));
}

function save(told) {
  if (told.error) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([told.text], { type: "application/json" }));
  link.download = told.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// What can be done with an answer

at("turns").addEventListener("click", async (event) => {
  const button = event.target.closest("[data-act]");
  if (!button) return;
  const turn = Number(button.closest(".actions").dataset.turn);
  const [does, verdict] = button.dataset.act.split(":");
  if (does === "sources") return sources(turn, true);
  if (does === "export") return save(await act("export", { turn }));
  if (does === "copy") {
    const told = await act("copy", { turn });
    if (!told.error) copy(told.text);
  }
  if (does === "judge") {
    const pressed = button.getAttribute("aria-pressed") === "true";
    const given = pressed ? "" : verdict;
    const note = button.closest(".said").querySelector(".judging");
    const all = [...button.parentElement.children];
    const before = all.map((other) => other.getAttribute("aria-pressed"));
    for (const other of all) other.setAttribute("aria-pressed", String(other === button && !pressed));
    const told = await act("judge", { turn, verdict: given, note: note.elements.note.value });
    if (told.error) return all.forEach((other, n) => other.setAttribute("aria-pressed", before[n]));
    note.hidden = given === "" || given === "right";
    if (!note.hidden) note.elements.note.focus();
    else toast(given ? "Thank you, kept." : "Taken back.");
  }
});
at("turns").addEventListener("submit", async (event) => {
  if (!event.target.matches(".judging")) return;
  event.preventDefault();
  const said = event.target.closest(".said");
  const verdict = said.querySelector('.judge [aria-pressed="true"]')?.dataset.act.split(":")[1] ?? "";
  const told = await act("judge", { turn: Number(said.querySelector(".actions").dataset.turn), verdict, note: event.target.elements.note.value });
  if (told.error) return;
  event.target.hidden = true;
  toast("Thank you, kept.");
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // without https or the permission, the old way
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  toast("Copied as Markdown, with its quotes.");
}
