export interface LoadBounds<T> {
  /** Of one item, in memory. */
  readonly bytesOf: (item: T) => number;
  /** Of what is loading or waits to be taken; a larger item goes alone. */
  readonly bytesMax: number;
  readonly itemsMax: number;
}

/**
 * Loads items side by side, and gives them in their order: a store far away costs its latency once
 * and not once for each.
 */
export async function* loadAhead<T, R>(
  items: Iterable<T>,
  load: (item: T) => Promise<R>,
  { bytesOf, bytesMax, itemsMax }: LoadBounds<T>,
): AsyncGenerator<R, void, undefined> {
  const loading: { readonly result: Promise<R>; readonly bytes: number }[] = [];
  let bytes = 0;
  const takeFirst = async (): Promise<R> => {
    const first = loading.shift()!;
    const result = await first.result;
    bytes -= first.bytes;
    return result;
  };
  for (const item of items) {
    const more = bytesOf(item);
    while (loading.length > 0 && (loading.length === itemsMax || bytes + more > bytesMax)) {
      yield await takeFirst();
    }
    const result = load(item);
    // One that fails is told when its turn comes, and never if nobody gets so far.
    result.catch(() => {});
    loading.push({ result, bytes: more });
    bytes += more;
  }
  while (loading.length > 0) yield await takeFirst();
}
