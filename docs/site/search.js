// SPDX-License-Identifier: Apache-2.0
// The search of the site, in the documents and the names of the library. It runs in the browser. The index is a script
// that calls searchIndex, because a page opened from a file may not fetch one; it is loaded at the first use.
"use strict";

(() => {
    const most = 25;
    let field, list, entries;

    globalThis.searchIndex = (read) => {
        entries = read.map(([title, context, address, text]) => ({
            title, context, address, text,
            lowTitle: title.toLowerCase(),
            lowContext: context.toLowerCase(),
            lowText: text.toLowerCase(),
        }));
        show();
    };

    function load() {
        if (document.getElementById("search-index")) return;
        const script = document.createElement("script");
        script.id = "search-index";
        script.src = "search_index.js";
        document.head.append(script);
    }

    // How well an entry matches all words; 0 if one is missing. A title counts more than a text, a whole title most.
    function score(entry, words, whole) {
        let sum = entry.lowTitle === whole ? 100 : 0;
        for (const word of words) {
            const at = entry.lowTitle.indexOf(word);
            if (at === 0) sum += 20;
            else if (at > 0) sum += 10;
            else if (entry.lowContext.includes(word)) sum += 4;
            else if (entry.lowText.includes(word)) sum += 1;
            else return 0;
        }
        return sum + 1 / (1 + entry.title.length);
    }

    function find(query) {
        const whole = query.trim().toLowerCase().replace(/^dsql::/, "").replace(/\(.*\)$/, "");
        const words = whole.split(/\s+|::/).filter((word) => word);
        if (!words.length) return { found: [], words };
        const found = entries
            .map((entry) => ({ entry, points: score(entry, words, whole) }))
            .filter(({ points }) => points > 0)
            .sort((a, b) => b.points - a.points)
            .slice(0, most)
            .map(({ entry }) => entry);
        return { found, words };
    }

    // The words around the first match, with the match marked.
    function excerpt(entry, words) {
        const paragraph = document.createElement("p");
        const word = words.find((each) => entry.lowText.includes(each));
        const at = word ? entry.lowText.indexOf(word) : 0;
        const start = Math.max(0, at - 50);
        const text = entry.text;
        if (!word) {
            paragraph.append(text.length > 120 ? `${text.slice(0, 120)}…` : text);
            return paragraph;
        }
        const mark = document.createElement("mark");
        mark.textContent = text.slice(at, at + word.length);
        paragraph.append(start ? "…" : "", text.slice(start, at), mark, text.slice(at + word.length, at + 90));
        return paragraph;
    }

    function item(entry, words) {
        const line = document.createElement("li");
        const link = document.createElement("a");
        link.href = entry.address;
        const title = document.createElement("b");
        title.textContent = entry.title;
        const context = document.createElement("small");
        context.textContent = entry.context;
        link.append(title, context);
        if (entry.text) link.append(excerpt(entry, words));
        link.addEventListener("click", hide);
        line.append(link);
        return line;
    }

    function hide() {
        list.hidden = true;
    }

    function show() {
        if (!entries || !field.value.trim()) {
            hide();
            return;
        }
        const { found, words } = find(field.value);
        list.replaceChildren(...found.map((entry) => item(entry, words)));
        if (!found.length) {
            const none = document.createElement("li");
            none.className = "none";
            none.textContent = "Nothing found";
            list.append(none);
        }
        list.hidden = false;
    }

    function move(event) {
        const links = [...list.querySelectorAll("a")];
        if (event.key === "Escape") {
            hide();
            field.focus();
        } else if (event.key === "Enter" && document.activeElement === field && links.length && !list.hidden) {
            links[0].click();
        } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && links.length) {
            const step = event.key === "ArrowDown" ? 1 : -1;
            const next = links.indexOf(document.activeElement) + step;
            (links[next] || (next < 0 ? field : links[links.length - 1])).focus();
            event.preventDefault();
        }
    }

    document.addEventListener("DOMContentLoaded", () => {
        field = document.getElementById("search");
        list = document.getElementById("results");
        field.addEventListener("focus", load);
        field.addEventListener("input", () => (load(), show()));
        field.parentElement.addEventListener("keydown", move);
        document.addEventListener("click", (event) => field.parentElement.contains(event.target) || hide());
        document.addEventListener("keydown", (event) => {
            const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName);
            if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
                field.focus();
                event.preventDefault();
            }
        });
        // What is searched for may be part of an address: index.html?q=pool.
        const query = new URLSearchParams(location.search).get("q");
        if (query) {
            field.value = query;
            load();
        }
    });
})();
