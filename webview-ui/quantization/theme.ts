import { useEffect, useState } from 'preact/hooks';
import { type Palette, paletteOf } from './model/palette';
import type { Fonts } from './paint';

export interface Theme {
  readonly palette: Palette;
  readonly fonts: Fonts;
}

/** The theme as the editor has set it on the page now. */
function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const variable = (name: string) => style.getPropertyValue(name);
  const { classList } = document.body;
  const highContrast =
    classList.contains('vscode-high-contrast') ||
    classList.contains('vscode-high-contrast-light') ||
    matchMedia('(forced-colors: active)').matches;
  return {
    palette: paletteOf(variable, highContrast),
    fonts: {
      text: style.fontFamily || 'sans-serif',
      code: variable('--vscode-editor-font-family') || 'monospace',
    },
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
