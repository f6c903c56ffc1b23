/* What this machine keeps of the grid until the server has confirmed it. IndexedDB, because it can be told to have a cell
   on the disk at once; localStorage is written seconds later, and a browser that is killed meanwhile loses it. Every tab
   keeps its own copy under its own name, and can be asked whether it is still there. */
"use strict";
window.Grid ??= {};
(() => {
  const BASE = "month-grid";
  const STORE = "kept";
  const ANSWER = 250; // milliseconds that another tab has to say that it is there

  class Keep {
    constructor() {
      this.tab = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
      this.held = new Map(); // everything kept: name -> {tab, ...}
      this.works = true; // whether this machine keeps what is typed; false where storage is full, forbidden or gone
      this.ready = this.open();
      this.listen();
    }

    open() {
      const failed = (resolve) => () => { this.works = false; resolve(); };
      return new Promise((resolve) => {
        try {
          const asked = indexedDB.open(BASE, 1);
          asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
          asked.onerror = failed(resolve);
          asked.onsuccess = () => {
            this.base = asked.result;
            this.base.onversionchange = () => this.base.close();
            this.base.onclose = () => { this.works = false; };
            const cursor = this.base.transaction(STORE).objectStore(STORE).openCursor();
            cursor.onerror = failed(resolve);
            cursor.onsuccess = () => {
              const at = cursor.result;
              if (!at) { resolve(); return; }
              if (!this.held.has(at.key)) this.held.set(at.key, at.value);
              at.continue();
            };
          };
        } catch { failed(resolve)(); }
      });
    }
    change(what) {
      if (!this.base) { this.ready.then(() => this.base && this.change(what)); return; }
      try {
        const change = this.base.transaction(STORE, "readwrite", { durability: "strict" });
        change.onabort = () => { this.works = false; };
        what(change.objectStore(STORE));
        change.commit?.(); // also when the page goes at this moment
      } catch { this.works = false; }
    }
    set(name, value) {
      const kept = { ...value, tab: this.tab, at: Date.now() };
      this.held.set(name, kept);
      this.change((store) => store.put(kept, name));
    }
    drop(name) {
      if (!this.held.delete(name) && this.base) return;
      this.change((store) => store.delete(name));
    }
    names(prefix) { return [...this.held.keys()].filter((name) => name.startsWith(prefix)); }

    /* --- Tabs --- */
    listen() {
      if (!window.BroadcastChannel) return;
      this.channel = new BroadcastChannel(BASE);
      this.there = new Set([this.tab]);
      this.channel.onmessage = ({ data }) => {
        if (data === "who") this.channel.postMessage(this.tab);
        else this.there.add(data);
      };
    }
    /* The tabs that are open now, this one among them. */
    async tabs() {
      if (!this.channel) return new Set([this.tab]);
      this.there = new Set([this.tab]);
      this.channel.postMessage("who");
      await new Promise((resolve) => { setTimeout(resolve, ANSWER); });
      return this.there;
    }
  }

  Grid.keep = new Keep();
})();
