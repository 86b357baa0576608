// What a test asks of the page; run in the page, past its policy, by the debugger.
window.look = {
  seen(e) { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0; },
  name(e) { return `${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}${e.className && e.className.baseVal === undefined ? "." + e.className.split(" ").join(".") : ""}`; },

  // Headings and landmarks in order, as they are nested.
  outline() {
    const roles = { HEADER: "banner", NAV: "navigation", MAIN: "main", FOOTER: "contentinfo", SECTION: "region", FORM: "search" };
    const lines = [];
    const walk = (e, depth) => {
      if (e.hidden) return;
      const role = roles[e.tagName];
      const heading = /^H[1-6]$/.test(e.tagName) && !e.closest("article");
      if (heading) lines.push(`${"  ".repeat(depth)}${e.tagName.toLowerCase()} ${e.textContent}`);
      if (role) {
        const label = e.getAttribute("aria-label") || (e.getAttribute("aria-labelledby") && document.getElementById(e.getAttribute("aria-labelledby")).textContent) || "";
        lines.push(`${"  ".repeat(depth)}${role}${label ? ": " + label : ""}`);
      }
      for (const child of e.children) walk(child, depth + (role ? 1 : 0));
    };
    walk(document.body, 0);
    return lines;
  },

  // Boxes of no size, beside each other and overlapping, or beyond the edge.
  boxes() {
    const wrong = [];
    const what = "section, nav, header.top, footer, table, svg.columns, article, h1, h2, h3, .cards > div, .filters:not([hidden]) label, summary, li";
    for (const e of document.querySelectorAll(what)) {
      if (!e.checkVisibility()) continue;
      if (!look.seen(e)) wrong.push(`${look.name(e)} has no size`);
    }
    const groups = ["body > *", "main > section", ".cards > div", "article.sample", "nav li", ".contexts > li"];
    for (const group of groups) {
      const all = [...document.querySelectorAll(group)].filter((e) => e.checkVisibility() && look.seen(e) && getComputedStyle(e).position !== "absolute");
      for (let i = 1; i < all.length; i++) {
        const [a, b] = [all[i - 1].getBoundingClientRect(), all[i].getBoundingClientRect()];
        const x = Math.min(a.right, b.right) - Math.max(a.left, b.left), y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (x > 1 && y > 1) wrong.push(`${look.name(all[i - 1])} and ${look.name(all[i])} overlap`);
      }
    }
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    const out = (e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest(".wide") && e.checkVisibility();
    const first = wide > 0 && [...document.querySelectorAll("main *")].find(out);
    if (wide > 0) wrong.push(`the page is ${wide} px wider than its window; ${first ? look.name(first) : "nothing"} is first`);
    return wrong;
  },

  // Text with less contrast than 4.5 to 1 (WCAG 2.2, 1.4.3).
  contrast() {
    const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m[3] === undefined ? 1 : m[3] }; };
    const light = (rgb) => { const [r, g, b] = rgb.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.a === 1) return c.rgb; } return [255, 255, 255]; };
    const wrong = new Map();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const e = node.parentElement;
      if (!node.data.trim() || ["SCRIPT", "STYLE"].includes(e.tagName) || !e.checkVisibility()) continue;
      const style = getComputedStyle(e);
      const [a, b] = [light(parse(e.closest("svg") ? style.fill : style.color).rgb), light(behind(e))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) wrong.set(look.name(e), `${look.name(e)} has a contrast of ${ratio.toFixed(2)}`);
    }
    return [...wrong.values()];
  },

  // Elements and attributes that only scraped text could have brought.
  foreign() {
    const known = new Set("A ARTICLE BDI BODY CAPTION CODE DD DEL DETAILS DIV DL DT FIELDSET FIGCAPTION FIGURE FOOTER FORM H1 H2 H3 HEAD HEADER HTML INPUT INS LABEL LEGEND LI MAIN META NAV OL OPTION OUTPUT P rect SCRIPT SECTION SELECT SPAN STYLE SUMMARY svg TABLE TBODY TD text TH THEAD TITLE TR UL".split(" "));
    const wrong = [];
    for (const e of document.querySelectorAll("*")) {
      if (!known.has(e.tagName)) wrong.push(`there is a ${e.tagName}`);
      for (const a of e.attributes) if (/^on|^style$|^src|^srcdoc$|^action$/i.test(a.name) || /^\s*javascript:/i.test(a.value)) wrong.push(`${look.name(e)} has ${a.name}`);
    }
    if (document.scripts.length !== 1) wrong.push(`there are ${document.scripts.length} scripts`);
    if (document.querySelectorAll("style").length !== 1) wrong.push("there is more than one style");
    for (const e of document.querySelectorAll(".scraped")) if (e.children.length) wrong.push(`${look.name(e)} has elements in it`);
    return wrong;
  },

  shown(name) { return [...document.querySelectorAll(`[data-item=${name}]`)].filter((e) => e.checkVisibility()).length; },
};
