/** Of ascending values, by linear interpolation; 0 without values. @param share 0 to 1 */
export function quantile(ascending: readonly number[], share: number): number {
  const place = share * (ascending.length - 1);
  const below = Math.floor(place);
  const [low = 0, high = low] = [ascending[below], ascending[below + 1]];
  return low + (high - low) * (place - below);
}
