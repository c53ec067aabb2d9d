/** One round trip: the asking clock's readings around it, and the other clock's in between; microseconds. */
export interface RoundTrip {
  readonly sentUs: number;
  readonly otherReceivedUs: number;
  readonly otherSentUs: number;
  readonly receivedUs: number;
}

interface Sample {
  readonly offsetUs: number;
  /** The offset is no further off than this: half of what the round trip took on the way. */
  readonly errorUs: number;
  readonly atUs: number;
}

/** How fast two clocks are taken to part: NTP's PHI, 15 µs a second (RFC 5905, section 7.2). */
const DRIFT = 15e-6;

/** A changed offset is worked in over so long, so that time on the other clock never goes back. */
const SLEW_US = 1e6;

/**
 * What another clock shows, by round trips as in NTP (RFC 5905, section 8): the one with the least delay
 * counts, and counts less as it gets old and the clocks drift. NTP forgets after eight; here one good round trip outlasts
 * minutes in which the other side is busy. The translation of times is continuous and growing: what nests on this
 * clock nests on the other.
 */
export class ClockEstimate {
  #best: Sample | undefined;
  /** The offset at these times, straight lines between them; the last holds on. */
  readonly #bends: { readonly atUs: number; readonly offsetUs: number }[] = [];

  get known(): boolean {
    return this.#bends.length > 0;
  }

  /** Bound of the offset's error at a time, microseconds: half the round trip that it is from, and what may have drifted since. */
  errorAt(us: number): number {
    return this.#best === undefined ? Infinity : this.#best.errorUs + DRIFT * Math.max(0, us - this.#best.atUs);
  }

  /** The first sets the offset, later ones correct it by and by. */
  add({ sentUs, otherReceivedUs, otherSentUs, receivedUs }: RoundTrip): void {
    const offsetUs = (otherReceivedUs - sentUs + (otherSentUs - receivedUs)) / 2;
    const errorUs = (receivedUs - sentUs - (otherSentUs - otherReceivedUs)) / 2;
    if (errorUs > this.errorAt(receivedUs)) return;
    this.#best = { offsetUs, errorUs, atUs: receivedUs };
    this.#aimFor(offsetUs, receivedUs);
  }

  /** A time up to now on the other clock. */
  translate(us: number): number {
    return us + this.#offsetAt(us);
  }

  #aimFor(offsetUs: number, nowUs: number): void {
    if (!this.known) {
      this.#bends.push({ atUs: nowUs, offsetUs });
      return;
    }
    if (this.#bends.at(-1)!.offsetUs === offsetUs) return;
    const present = this.#offsetAt(nowUs);
    // What is to come of the last bend is replaced; what was translated until now stays.
    while (this.#bends.length > 0 && this.#bends.at(-1)!.atUs > nowUs) this.#bends.pop();
    this.#bends.push({ atUs: nowUs, offsetUs: present });
    this.#bends.push({ atUs: nowUs + Math.max(SLEW_US, 2 * Math.abs(offsetUs - present)), offsetUs });
    // Spans that are still to be translated began within these.
    if (this.#bends.length > 64) this.#bends.splice(0, this.#bends.length - 64);
  }

  #offsetAt(us: number): number {
    const after = this.#bends.findIndex(({ atUs }) => atUs > us);
    if (after === 0) return this.#bends[0]!.offsetUs;
    const last = this.#bends.at(after < 0 ? -1 : after - 1);
    if (last === undefined) return 0;
    if (after < 0) return last.offsetUs;
    const next = this.#bends[after]!;
    return last.offsetUs + ((next.offsetUs - last.offsetUs) * (us - last.atUs)) / (next.atUs - last.atUs);
  }
}
