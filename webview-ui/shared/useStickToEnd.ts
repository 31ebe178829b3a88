import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** How near the end still counts as being there, in CSS pixels. */
const nearEnd = 24;

/**
 * Keeps a scrolled box at its end while it grows, unless the person has scrolled away.
 * @param grown changes whenever the content may have grown
 * @param jump changes whenever the end must be shown in any case
 */
export function useStickToEnd(grown: unknown, jump: unknown) {
  const box = useRef<HTMLDivElement | null>(null);
  const sticking = useRef(true);
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    sticking.current = true;
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, []);
  const onScroll = useCallback(() => {
    if (!box.current) return;
    const { scrollTop, clientHeight, scrollHeight } = box.current;
    sticking.current = scrollHeight - clientHeight - scrollTop <= nearEnd;
    setAway(!sticking.current);
  }, []);

  // `grown` and `jump` are signals, not inputs.
  useLayoutEffect(() => {
    if (sticking.current) toEnd();
  }, [grown]);
  useLayoutEffect(toEnd, [jump]);
  useLayoutEffect(() => {
    if (!box.current) return;
    // Opening the splitter or the question box changes the height without new content.
    const observer = new ResizeObserver(() => {
      if (sticking.current) toEnd();
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [toEnd]);

  return { box, onScroll, toEnd, away };
}
