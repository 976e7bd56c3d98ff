/** Counts work under way, so that what it needs can be closed once all of it is over. */
export class Drain {
  #underWay = 0;
  #whenIdle: (() => void) | undefined;

  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await work();
    } finally {
      this.#underWay--;
      if (this.#underWay === 0) this.#whenIdle?.();
    }
  }

  /** Resolves when nothing is under way. */
  async untilIdle(): Promise<void> {
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
  }
}
