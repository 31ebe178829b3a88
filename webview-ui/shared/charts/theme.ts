import { useEffect, useState } from 'preact/hooks';
import { type Palette, paletteOf } from './palette';

export interface Theme {
  readonly palette: Palette;
  /** CSS font family of the page's text. */
  readonly font: string;
}

function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const { classList } = document.body;
  const highContrast =
    classList.contains('vscode-high-contrast') ||
    classList.contains('vscode-high-contrast-light') ||
    matchMedia('(forced-colors: active)').matches;
  return {
    palette: paletteOf(name => style.getPropertyValue(name), highContrast),
    font: style.fontFamily || 'sans-serif',
  };
}

/** The theme's colours for canvases; drawn anew when the editor changes them on the page. */
export function useTheme(): Theme {
  const [theme, setTheme] = useState(readTheme);
  useEffect(() => {
    const read = () => setTheme(readTheme());
    const observer = new MutationObserver(read);
    observer.observe(document.body, { attributeFilter: ['class'] });
    observer.observe(document.documentElement, { attributeFilter: ['style', 'class'] });
    // Colours may have been set between the first drawing and now.
    read();
    return () => observer.disconnect();
  }, []);
  return theme;
}
