// Binds the buttons of allauth's passkey forms, without a script in the page.
"use strict";

// What allauth would tell the console only: the person reads that it did not work.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const sentence of document.querySelectorAll("[data-passkey-failed]")) sentence.hidden = false;
});

document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("[data-passkey]")) {
    window.allauth.webauthn.forms[form.dataset.passkey]({ ids: JSON.parse(form.dataset.ids) });
  }
});
