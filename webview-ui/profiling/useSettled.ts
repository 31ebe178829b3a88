import { useEffect, useRef, useState } from 'preact/hooks';

/** Follows a value, but changes at most once in `ms`; null comes through at once. */
export function useSettled<T>(value: T | null, ms: number): T | null {
  const [settled, setSettled] = useState(value);
  const latest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  latest.current = value;
  useEffect(() => {
    if (value !== null && timer.current !== null) return;
    if (timer.current !== null) clearTimeout(timer.current);
    setSettled(value);
    timer.current = null;
    if (value === null) return;
    timer.current = setTimeout(() => {
      timer.current = null;
      setSettled(latest.current);
    }, ms);
  }, [value, ms]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
    },
    [],
  );
  return settled;
}
