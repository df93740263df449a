const allOnes = 0xffffffff;
const headerWords = 4;

/**
 * The set of operations that have been given a place, and the memory of all pairs of such a set and a state that were met before
 * (Lowe's memoization): what follows depends on nothing else, so that no pair is searched twice. Sets are compared exactly; a hash
 * (Zobrist's: one random number for each answered operation, combined by exclusive or) only finds them.
 *
 * Numbers below `answered` are those of the operations with an answer, in the order of calls. In that order a set is a full prefix and
 * a ragged edge as wide as there are operations at a time; only the edge is remembered, so that long histories stay cheap.
 */
export class ConfigurationCache {
  readonly #answered: number;
  readonly #answeredWords: number;
  readonly #bits: Uint32Array;
  readonly #randoms: Uint32Array;
  #hash = 0;
  /** Words of the answered part below it are full; those from `#edgeEnd` on are empty. */
  #edgeStart = 0;
  #edgeEnd = 0;
  /** Records, one after the other: hash, state, start and end of the edge, the edge, the bits of what was never answered. */
  #records = new Uint32Array(1024);
  #recordsEnd = 0;
  /** Open addressing: 1 + the place of a record, or 0. */
  #table = new Int32Array(256);
  #size = 0;

  constructor(answered: number, unanswered: number) {
    this.#answered = answered;
    this.#answeredWords = (answered + 31) >>> 5;
    this.#bits = new Uint32Array(this.#answeredWords + ((unanswered + 31) >>> 5));
    this.#randoms = randomWords(answered);
  }

  has(operation: number): boolean {
    return ((this.#bits[this.#wordOf(operation)] as number) & maskOf(this.#bitOf(operation))) !== 0;
  }

  add(operation: number): void {
    const word = this.#wordOf(operation);
    this.#bits[word] = (this.#bits[word] as number) | maskOf(this.#bitOf(operation));
    if (operation >= this.#answered) return;
    this.#hash ^= this.#randoms[operation] as number;
    if (word >= this.#edgeEnd) this.#edgeEnd = word + 1;
    while (this.#edgeStart < this.#edgeEnd && this.#bits[this.#edgeStart] === allOnes) this.#edgeStart += 1;
  }

  remove(operation: number): void {
    const word = this.#wordOf(operation);
    this.#bits[word] = (this.#bits[word] as number) & ~maskOf(this.#bitOf(operation));
    if (operation >= this.#answered) return;
    this.#hash ^= this.#randoms[operation] as number;
    if (word < this.#edgeStart) this.#edgeStart = word;
    while (this.#edgeEnd > this.#edgeStart && this.#bits[this.#edgeEnd - 1] === 0) this.#edgeEnd -= 1;
  }

  /**
   * Remembers this set together with the state. False: nothing new comes of it, since the same answered operations and state were met
   * with these of the unanswered ones or fewer of them.
   */
  remember(state: number): boolean {
    const hash = (this.#hash ^ Math.imul(state + 1, 0x9e3779b1)) >>> 0;
    let slot = this.#slotOf(hash);
    while (true) {
      const place = this.#table[slot] as number;
      if (place === 0) break;
      if (this.#isCoveredBy(place - 1, hash, state)) return false;
      slot = (slot + 1) & (this.#table.length - 1);
    }
    this.#table[slot] = this.#append(hash, state) + 1;
    this.#size += 1;
    if (2 * this.#size > this.#table.length) this.#grow();
    return true;
  }

  #wordOf(operation: number): number {
    return operation < this.#answered ? operation >>> 5 : this.#answeredWords + ((operation - this.#answered) >>> 5);
  }

  #bitOf(operation: number): number {
    return operation < this.#answered ? operation : operation - this.#answered;
  }

  #slotOf(hash: number): number {
    return (hash ^ (hash >>> 15)) & (this.#table.length - 1);
  }

  #isCoveredBy(place: number, hash: number, state: number): boolean {
    const records = this.#records;
    if (records[place] !== hash || records[place + 1] !== state) return false;
    if (records[place + 2] !== this.#edgeStart || records[place + 3] !== this.#edgeEnd) return false;
    let at = place + headerWords;
    for (let word = this.#edgeStart; word < this.#edgeEnd; word++) {
      if (records[at++] !== this.#bits[word]) return false;
    }
    for (let word = this.#answeredWords; word < this.#bits.length; word++) {
      if (((records[at++] as number) & ~(this.#bits[word] as number)) !== 0) return false;
    }
    return true;
  }

  #append(hash: number, state: number): number {
    const place = this.#recordsEnd;
    const edge = this.#bits.subarray(this.#edgeStart, this.#edgeEnd);
    const unanswered = this.#bits.subarray(this.#answeredWords);
    this.#recordsEnd += headerWords + edge.length + unanswered.length;
    while (this.#recordsEnd > this.#records.length) this.#records = doubled(this.#records);
    const header = [hash, state, this.#edgeStart, this.#edgeEnd];
    this.#records.set(header, place);
    this.#records.set(edge, place + headerWords);
    this.#records.set(unanswered, place + headerWords + edge.length);
    return place;
  }

  #grow(): void {
    const places = this.#table;
    this.#table = new Int32Array(2 * places.length);
    for (const place of places) {
      if (place === 0) continue;
      let slot = this.#slotOf(this.#records[place - 1] as number);
      while (this.#table[slot] !== 0) slot = (slot + 1) & (this.#table.length - 1);
      this.#table[slot] = place;
    }
  }
}

function maskOf(bit: number): number {
  return (1 << (bit & 31)) >>> 0;
}

function doubled(words: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * words.length);
  larger.set(words);
  return larger;
}

/** Always the same ones, so that equal histories are searched in equal ways (Steele's SplitMix, 32 bits). */
function randomWords(count: number): Uint32Array {
  const words = new Uint32Array(count);
  let seed = 0x243f6a88;
  for (let at = 0; at < count; at++) {
    seed = (seed + 0x9e3779b9) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    words[at] = mixed ^ (mixed >>> 15);
  }
  return words;
}
