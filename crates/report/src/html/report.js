"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const bar = document.querySelector(".filter");
  if (!bar) return;
  const cards = [...document.querySelectorAll(".card")];
  const texts = cards.map((card) => card.textContent.toLowerCase());
  const sections = [...document.querySelectorAll(".mapping")];
  const choices = ["side", "mapping", "kind"].map((name) => [name, at("f-" + name)]);
  const text = at("f-text");
  const count = at("f-count");
  const number = new Intl.NumberFormat("en").format;

  const fits = (card, place, words) =>
    choices.every(([name, choice]) => {
      const is = card.dataset[name];
      return !choice.value || is === choice.value || (name === "side" && is === "both");
    }) && words.every((word) => texts[place].includes(word));

  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    cards.forEach((card, place) => {
      card.hidden = !fits(card, place, words);
      if (!card.hidden) shown += 1;
    });
    const isWhole = shown === cards.length;
    sections.forEach((section) => {
      section.hidden = !isWhole && !section.querySelector(".card:not([hidden])");
    });
    count.textContent = isWhole
      ? number(shown) + (shown === 1 ? " record" : " records")
      : number(shown) + " of " + number(cards.length) + " records";
  };

  const open = at("f-open");
  const unfold = (all) => document.querySelectorAll("details").forEach((it) => { it.open = all; });
  open.addEventListener("click", () => {
    const all = open.getAttribute("aria-pressed") !== "true";
    open.setAttribute("aria-pressed", String(all));
    unfold(all);
  });

  // A link to a record shows it, whatever the filter says.
  const target = () => {
    const card = at(decodeURIComponent(location.hash.slice(1)));
    if (!card || !card.hidden) return;
    choices.forEach(([, choice]) => { choice.value = ""; });
    text.value = "";
    filter();
    card.scrollIntoView();
  };

  let later;
  text.addEventListener("input", () => { clearTimeout(later); later = setTimeout(filter, 80); });
  choices.forEach(([, choice]) => choice.addEventListener("change", filter));
  window.addEventListener("hashchange", target);
  window.addEventListener("beforeprint", () => unfold(true));
  window.addEventListener("afterprint", () => unfold(open.getAttribute("aria-pressed") === "true"));
  bar.hidden = false;
  filter();
  target();
})();
