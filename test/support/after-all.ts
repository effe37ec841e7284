/** What must be ended after all tests of a group, in the shape in which a test is handed it. */
export class AfterAll {
  readonly #ends: (() => unknown)[] = [];

  after(end: () => unknown): void {
    this.#ends.push(end);
  }

  /** Ends everything, the newest first. */
  async run(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }
}
