"use strict";
// Keeps the page true without reloading it: reads it again and puts in only the
// parts that changed, so that nothing flickers, jumps or loses the focus. The
// page is complete without this script.
(() => {
  const usual = 15000;
  const offline = document.getElementById("offline");
  let timer;

  // busy tells whether somebody is in the middle of something in a part.
  const busy = (part) => {
    const selection = document.getSelection();
    return part.contains(document.activeElement) ||
      (selection && !selection.isCollapsed && part.contains(selection.anchorNode));
  };

  const put = (fresh) => {
    const old = document.getElementById(fresh.id);
    if (!old || busy(old)) return;
    const copy = document.importNode(fresh, true);
    for (const details of old.querySelectorAll("details[open][id]")) {
      const same = copy.querySelector("#" + CSS.escape(details.id));
      if (same) same.open = true;
    }
    if (!old.isEqualNode(copy)) old.replaceWith(copy);
  };

  const wait = () => {
    const asked = document.querySelector("[data-every]");
    clearTimeout(timer);
    timer = setTimeout(read, asked ? Number(asked.dataset.every) : usual);
  };

  const read = () => {
    if (document.hidden) return;
    const request = new XMLHttpRequest();
    request.open("GET", document.body.dataset.refresh);
    request.responseType = "document";
    request.timeout = 10000;
    request.onload = () => {
      const page = request.response;
      const good = request.status === 200 && page;
      offline.hidden = Boolean(good);
      if (good) page.querySelectorAll("[data-live][id]").forEach(put);
    };
    request.onerror = request.ontimeout = () => { offline.hidden = false; };
    request.onloadend = wait;
    request.send();
  };

  document.addEventListener("visibilitychange", () => { if (!document.hidden) read(); });
  wait();
})();
