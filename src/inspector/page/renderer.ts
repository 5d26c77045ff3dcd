import { type ComponentChild, render } from "preact";

/** A part of the page: where it is, and what it looks like now. */
export interface Panel {
  readonly root: Element;
  readonly view: () => ComponentChild;
}

/**
 * Draws panels that have changed, each in a task of its own: so a large application does not hold up
 * whoever types or scrolls.
 */
export class Renderer<Name extends string> {
  readonly #panels: Readonly<Record<Name, Panel>>;
  readonly #changed = new Set<Name>();
  #isAwake = false;

  constructor(panels: Readonly<Record<Name, Panel>>) {
    this.#panels = panels;
  }

  changed(...names: readonly Name[]): void {
    for (const name of names) this.#changed.add(name);
    if (this.#isAwake) return;
    this.#isAwake = true;
    setTimeout(() => this.#next());
  }

  #next(): void {
    const [name] = this.#changed;
    this.#isAwake = name !== undefined;
    if (name === undefined) return;
    this.#changed.delete(name);
    const { root, view } = this.#panels[name];
    render(view(), root);
    setTimeout(() => this.#next());
  }
}
