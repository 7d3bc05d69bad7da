// Added to a copy of a report by report.py: clicks as a user does, and notes how long each takes until it is shown.

const ROUNDS = 5;

const section = (title) => [...document.querySelectorAll("h2")].find((one) => one.textContent === title).parentElement;
const shown = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function changed(element) {
  if (!element) return Promise.resolve();
  return new Promise((done) => {
    new MutationObserver((_, observer) => {
      observer.disconnect();
      done();
    }).observe(element, { childList: true, subtree: true, characterData: true });
  });
}

function steps() {
  const [parts, names] = [section("Where the memory is"), section("Names")];
  const [total, body] = [parts.querySelector(".open-part"), names.querySelector("tbody")];
  const select = parts.querySelector("select");
  const search = names.querySelector("input");
  const click = (element) => element.click();
  const choose = () => {
    select.selectedIndex = select.selectedIndex === 0 ? 4 : 0;
    select.dispatchEvent(new Event("change"));
  };
  const type = (text) => {
    search.value = text;
    search.dispatchEvent(new Event("input", { bubbles: true }));
  };
  return [
    ["open a part", () => click(parts.querySelector("tbody .opener")), total],
    ["back to everything", () => click(parts.querySelector(".path button")), total],
    ["icicle", () => click(parts.querySelector("[data-figure=icicle]")), null],
    ["treemap", () => click(parts.querySelector("[data-figure=treemap]")), null],
    ["another counter", choose, total],
    ["sort by name", () => click(names.querySelector("th")), body],
    ["sort by kB", () => click(names.querySelector("th.numeric")), body],
    ["filter", () => type("scudo"), body],
    ["no filter", () => type(""), body],
  ];
}

async function measure() {
  const found = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, act, watched] of steps()) {
      const done = changed(watched);
      const begin = performance.now();
      act();
      await done;
      await shown();
      found.push([name, performance.now() - begin]);
      await pause(300);
    }
  }
  document.documentElement.dataset.measured = JSON.stringify(found);
}

new MutationObserver((_, observer) => {
  if (!document.documentElement.dataset.ready) return;
  observer.disconnect();
  setTimeout(measure, 500);
}).observe(document.documentElement, { attributes: true });
