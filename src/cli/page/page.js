(() => {
  "use strict";
  const say = (form, shown, all) => {
    form.querySelector("output").textContent = shown === all ? `${all} shown` : `${shown} of ${all} shown`;
  };
  const fits = (item, key, value) => {
    if (value === "") return true;
    if (key === "text") return item.textContent.toLowerCase().includes(value.toLowerCase());
    return item.dataset[key].split(" ").includes(value);
  };
  for (const form of document.querySelectorAll("[data-filters]")) {
    const items = [...document.querySelectorAll(`[data-item=${form.dataset.filters}]`)];
    const controls = [...form.querySelectorAll("[data-key]")];
    const apply = () => {
      let shown = 0;
      for (const item of items) {
        item.hidden = !controls.every((c) => fits(item, c.dataset.key, c.value.trim()));
        shown += item.hidden ? 0 : 1;
      }
      // What holds matches opens, so that they can be seen.
      const words = controls.some((c) => c.dataset.key === "text" && c.value.trim() !== "");
      for (const item of items) {
        const around = item.closest("details");
        if (around && words && !item.hidden) around.open = true;
      }
      say(form, shown, items.length);
    };
    for (const view of form.querySelectorAll("[name=view]")) {
      view.addEventListener("change", () => {
        document.querySelector("[data-view]").dataset.view = view.value;
      });
    }
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    // What the browser has kept of an earlier visit.
    form.reset();
    form.hidden = false;
    apply();
  }
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });
})();
