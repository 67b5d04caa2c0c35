// SPDX-License-Identifier: MIT
// pages.js: what tests/pages.test measures in a page. measure() returns { faults, scrollers,
// labels, texts }: sentences about what is wrong; the elements that scroll, in the order of the
// numbers that it gave them; and how many labels and texts it saw.
function measure() {
    const LEAST = 4.5, room = document.documentElement.clientWidth, faults = [];
    const fault = (what, node) => faults.push(what + ": " + (node.className || node.localName) +
        " '" + node.textContent.trim().slice(0, 60) + "'");

    // "rgb(1, 2, 3)", "rgba(1, 2, 3, 0.5)", "color(srgb 0.1 0.2 0.3 / 0.5)" -> numbers from 0 to 1
    function colour(text) {
        const n = text.match(/[\d.]+(e-?\d+)?/g).map(Number);
        const scale = text.startsWith("color") ? 1 : 255;
        return [n[0] / scale, n[1] / scale, n[2] / scale, n.length > 3 ? n[3] : 1];
    }
    const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]))
        .concat(1);
    function background(node) {
        const layers = [];
        for (let at = node; at; at = at.parentElement) {
            layers.push(colour(getComputedStyle(at).backgroundColor));
            if (layers[layers.length - 1][3] === 1)
                break;
        }
        return layers.reverse().reduce((below, top) => over(top, below), [1, 1, 1, 1]);
    }
    const linear = part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const light = one =>
        0.2126 * linear(one[0]) + 0.7152 * linear(one[1]) + 0.0722 * linear(one[2]);
    function contrast(node) {
        let ink = colour(getComputedStyle(node).color);
        for (let at = node; at; at = at.parentElement)
            ink[3] *= Number(getComputedStyle(at).opacity);
        const back = background(node), two = [light(over(ink, back)), light(back)];
        return (Math.max(...two) + 0.05) / (Math.min(...two) + 0.05);
    }

    // Is a part of the text hidden where nothing can be scrolled, without a mark?
    function cut(node, box) {
        for (let at = node; at !== document.body; at = at.parentElement) {
            const style = getComputedStyle(at), own = at.getBoundingClientRect();
            if (["auto", "scroll"].includes(style.overflowX))
                return false;
            if (style.overflowX !== "visible" && style.textOverflow !== "ellipsis" &&
                (box.right > own.right + 1 || box.left < own.left - 1))
                return true;
        }
        return box.left < -0.5 || box.right > room + 0.5;
    }

    let texts = 0;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        const range = document.createRange(), node = text.parentElement;
        range.selectNodeContents(text);
        const boxes = [...range.getClientRects()].filter(box => box.width > 0 && box.height > 0);
        if (!text.data.trim() || boxes.length === 0 || node.closest("svg"))
            continue;
        texts++;
        if (contrast(node) < LEAST)
            fault("contrast " + contrast(node).toFixed(2), node);
        if (boxes.some(box => cut(node, box)))
            fault("cut off", node);
    }

    if (document.documentElement.scrollWidth > room)
        fault("the page is " + document.documentElement.scrollWidth + " wide", document.body);

    // Labels: in the window, and none over another or over a heading.
    const labels = [...document.querySelectorAll(".values span, .times span, .sum, .charts h3")]
        .filter(node => getComputedStyle(node).display !== "none")
        .map(node => [node, node.getBoundingClientRect()]);
    labels.forEach(([node, box], i) => {
        if (box.width < 1 || box.left < 0 || box.right > room)
            fault("label outside", node);
        for (const [other, its] of labels.slice(i + 1))
            if (box.left < its.right && its.left < box.right && box.top + 1 < its.bottom - 1 &&
                its.top + 1 < box.bottom - 1)
                fault("label over '" + other.textContent + "'", node);
    });
    for (const axis of document.querySelectorAll(".times"))
        if ([...axis.children].filter(node => getComputedStyle(node).display !== "none").length < 2)
            fault("an axis without labels", axis);

    const PADDING = 8, scrollers = []; // so little hides no text, and has no room for a sign
    for (const node of document.querySelectorAll("body *")) {
        const style = getComputedStyle(node);
        const wider = node.scrollWidth - node.clientWidth > PADDING;
        const higher = node.scrollHeight - node.clientHeight > PADDING;
        const sideways = wider && style.overflowX === "auto";
        const down = higher && style.overflowY === "auto";
        if (!sideways && !down)
            continue;
        node.dataset.scroller = scrollers.length;
        scrollers.push({ sideways, down, text: node.textContent.trim().slice(0, 60) });
    }
    if (document.scripts.length > 0)
        fault("a script", document.body);
    return { faults, scrollers, labels: labels.length, texts };
}

// Scrolls an element to its beginning or end, and its right lower corner into the window; where it
// lies on the page, without its borders.
function place(number, end) {
    const node = document.querySelector("[data-scroller='" + number + "']");
    node.scrollLeft = end ? node.scrollWidth : 0;
    node.scrollTop = end ? node.scrollHeight : 0;
    node.scrollIntoView({ block: "end" });
    const box = node.getBoundingClientRect();
    const left = Math.ceil(box.left + scrollX + node.clientLeft);
    const top = Math.ceil(box.top + scrollY + node.clientTop);
    return [left, top, Math.floor(box.right + scrollX - node.clientLeft) - left,
            Math.floor(box.bottom + scrollY - node.clientTop) - top];
}
