import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** The ref of a list that scrolls; `look` is called with it at first, and whenever what is in sight of it may be something else. */
export function useInSight(look: (list: HTMLElement) => void): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const list = box.current as HTMLElement;
    const again = (): void => look(list);
    const watcher = new ResizeObserver(again);
    watcher.observe(list);
    list.addEventListener("scroll", again, { passive: true });
    return () => watcher.disconnect();
  }, []);
  return box;
}
