// @ts-check
// The whole list at a glance: what is decided, where the doubtful stretches are, where the window stands.

import { ask } from "./api.js";

/** @import { Place } from "./api.js" */

export class Strip {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{ jump: (index: number) => void }} given
   */
  constructor(canvas, { jump }) {
    this.canvas = canvas;
    /** @type {[decided: number, rejected: number, doubtful: number][]} */
    this.stretches = [];
    /** @type {[start: number, end: number]} */
    this.window = [0, 0];
    /** @type {Place | null} */
    this.place = null;
    this.waiting = false;
    this.total = 0;
    /** @param {PointerEvent} event */
    const go = (event) => {
      const box = canvas.getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (event.clientY - box.top) / box.height));
      jump(Math.min(this.total - 1, Math.floor(share * this.total)));
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      go(event);
    });
    canvas.addEventListener("pointermove", (event) => event.buttons && go(event));
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /**
   * Asks anew, at most twice a second.
   * @param {Place} place
   * @param {number} total
   */
  update(place, total) {
    this.place = place;
    this.total = total;
    if (this.waiting) return;
    this.waiting = true;
    setTimeout(async () => {
      this.waiting = false;
      const asked = this.place;
      const bins = Math.max(50, Math.round(this.canvas.clientHeight / 2));
      const { stretches } = await ask("strip", { ...asked, bins });
      if (asked !== this.place) return;
      this.stretches = stretches;
      this.draw();
    }, 60);
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  show(start, end) {
    this.window = [start, end];
    this.draw();
  }

  draw() {
    const { canvas } = this;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio];
    if (!width || !height) return;
    canvas.width = width;
    canvas.height = height;
    const paint = canvas.getContext("2d");
    if (!paint) return;
    const style = getComputedStyle(canvas);
    /** @param {string} name */
    const colour = (name) => style.getPropertyValue(name).trim();
    const [low, open, done] = ["--low", "--open", "--done"].map(colour);
    const step = height / Math.max(1, this.stretches.length);
    /**
     * @param {number} index
     * @param {number} x
     * @param {number} wide
     * @param {string} fill
     * @param {number} strength
     */
    const band = (index, x, wide, fill, strength = 1) => {
      paint.globalAlpha = strength;
      paint.fillStyle = fill;
      paint.fillRect(x, index * step, wide, Math.max(step + 0.5, ratio));
      paint.globalAlpha = 1;
    };
    this.stretches.forEach(([decided, rejected, doubt], index) => {
      band(index, 0, width, open);
      if (doubt) band(index, 0, width, low, 0.15 + 0.7 * Math.sqrt(doubt));
      if (decided) band(index, 0, width * decided, done);
      if (rejected) band(index, width * 0.75, width * 0.25, low, 0.8);
    });
    if (this.total) {
      const [start, end] = this.window.map((index) => (index / this.total) * height);
      paint.strokeStyle = colour("--accent");
      paint.lineWidth = 2 * ratio;
      paint.strokeRect(ratio, Math.max(ratio, start), width - 2 * ratio, Math.max(6 * ratio, end - start - 2 * ratio));
    }
  }
}
