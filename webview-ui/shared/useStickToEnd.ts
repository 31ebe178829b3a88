import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** How near the end still counts as being there, in CSS pixels. */
const nearEnd = 24;

/**
 * Keeps a scrolled box at its end while its content grows, unless the person has scrolled away. `box` scrolls and
 * `content` is all that is in it: both are watched, so that nothing has to be laid out before its frame.
 * @param jump changes whenever the end must be shown in any case
 */
export function useStickToEnd(jump: unknown) {
  const box = useRef<HTMLDivElement | null>(null);
  const content = useRef<HTMLDivElement | null>(null);
  const sticking = useRef(true);
  const lastTop = useRef(0);
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    sticking.current = true;
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, []);
  const onScroll = useCallback(() => {
    if (!box.current) return;
    const { scrollTop, clientHeight, scrollHeight } = box.current;
    // The event comes late: what has grown since did not scroll the person away.
    const upwards = scrollTop < lastTop.current;
    lastTop.current = scrollTop;
    const atEnd = scrollHeight - clientHeight - scrollTop <= nearEnd;
    sticking.current = atEnd || (sticking.current && !upwards);
    setAway(!sticking.current);
  }, []);

  useLayoutEffect(() => {
    sticking.current = true;
    // Where the content does not grow, e.g. because it is replaced by a smaller one, the observer has nothing to tell.
    const frame = requestAnimationFrame(toEnd);
    return () => cancelAnimationFrame(frame);
  }, [jump, toEnd]);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => {
      if (sticking.current) toEnd();
    });
    // Opening the splitter or the question box changes the box without new content.
    for (const { current } of [box, content]) if (current) observer.observe(current);
    return () => observer.disconnect();
  }, [toEnd]);

  return { box, content, onScroll, toEnd, away };
}
