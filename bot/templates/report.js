"use strict";
{
  const form = document.getElementById("filters");
  const count = document.getElementById("count");
  const questions = [...document.querySelectorAll(".question")];
  const words = new Map(questions.map((item) => [item, item.textContent.toLowerCase()]));

  const wanted = (item, filter) =>
    (!filter.language || item.dataset.language === filter.language) &&
    (!filter.verdict || (filter.verdict === "bad" ? item.dataset.good === "false" : item.dataset.verdict === filter.verdict)) &&
    (!filter.change || item.dataset.change === filter.change) &&
    (!filter.words || words.get(item).includes(filter.words.trim().toLowerCase()));

  const apply = () => {
    const filter = Object.fromEntries(new FormData(form));
    const shown = questions.filter((item) => !(item.hidden = !wanted(item, filter)));
    count.textContent = `${shown.length} of ${questions.length} questions shown`;
  };

  const show = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.hidden) {
      form.reset();
      setTimeout(() => target.scrollIntoView()); // behind the filters, which follow the reset
    }
  };

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  addEventListener("hashchange", show);
  form.hidden = false;
}
