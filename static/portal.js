// Small comforts on top of pages that work without them.
"use strict";

// Menu on a phone: open in the HTML, folded by the button once script runs.
function foldMenu() {
  const button = document.querySelector("[data-menu]");
  if (!button) return;
  const list = document.getElementById(button.getAttribute("aria-controls"));
  const phone = window.matchMedia("(max-width: 767.98px)");
  const show = (open) => {
    list.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  const adapt = () => {
    button.hidden = !phone.matches;
    show(!phone.matches);
  };
  button.addEventListener("click", () => show(list.hidden));
  phone.addEventListener("change", adapt);
  adapt();
}

// Account menu: closes on Escape and on a click elsewhere.
function closeMenus() {
  for (const menu of document.querySelectorAll("[data-closes]")) {
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  }
}

// A table shown as cards keeps its roles for screen readers.
function keepTableRoles() {
  const roles = { table: "table", tbody: "rowgroup", thead: "rowgroup", tfoot: "rowgroup", tr: "row", td: "cell" };
  for (const table of document.querySelectorAll(".table-cards")) {
    table.setAttribute("role", "table");
    for (const [tag, role] of Object.entries(roles)) {
      for (const part of table.querySelectorAll(tag)) part.setAttribute("role", role);
    }
    for (const heading of table.querySelectorAll("th")) {
      heading.setAttribute("role", heading.scope === "row" ? "rowheader" : "columnheader");
    }
  }
}

// Ticked rows: count, all on this page, all of the list; the bar is there only when it has work.
function countTicks(form) {
  const bar = form.querySelector("[data-bulk-bar]");
  if (!bar) return;
  const rows = [...form.querySelectorAll('input[type="checkbox"][name="selected"]')];
  const page = form.querySelector("[data-bulk-page]");
  const everything = bar.querySelector("[data-bulk-everything]");
  const count = bar.querySelector("[data-bulk-count]");
  const update = () => {
    const ticked = rows.filter((row) => row.checked).length;
    const chosen = everything && everything.checked ? Number(everything.dataset.total) : ticked;
    if (page) {
      page.checked = rows.length > 0 && ticked === rows.length;
      page.indeterminate = ticked > 0 && ticked < rows.length;
    }
    count.textContent = count.dataset.template.replace("{n}", chosen.toLocaleString(document.documentElement.lang));
    bar.hidden = chosen === 0;
  };
  if (page) {
    form.querySelector("[data-bulk-page-label]").hidden = false;
    page.addEventListener("change", () => {
      for (const row of rows) row.checked = page.checked;
    });
  }
  form.addEventListener("change", (event) => {
    // Unticking a row means: not everything after all.
    if (everything && event.target !== everything && !event.target.checked) everything.checked = false;
    if (event.target === everything) for (const row of rows) row.checked = everything.checked;
    update();
  });
  update();
}

// After a failed form the summary has the focus, so that it is read first.
function focusErrors() {
  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();
}

// Progress is told in a region that stays: the end at once, the steps at most every ten seconds.
function announceProgress() {
  const panel = document.querySelector("[data-announce]");
  if (!panel) return;
  const region = document.createElement("p");
  region.className = "visually-hidden";
  region.setAttribute("role", "status");
  panel.after(region);
  let last = Date.now();
  document.body.addEventListener("htmx:afterSettle", () => {
    const now = document.querySelector("[data-announce]");
    if (!now || (now.hasAttribute("hx-get") && Date.now() - last < 10000)) return;
    last = Date.now();
    region.textContent = now.dataset.announce;
  });
}

// A button that prints is there only when script is.
function showPrintButtons() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

document.addEventListener("DOMContentLoaded", () => {
  foldMenu();
  closeMenus();
  keepTableRoles();
  document.querySelectorAll("form[data-bulk]").forEach(countTicks);
  focusErrors();
  announceProgress();
  showPrintButtons();
});
