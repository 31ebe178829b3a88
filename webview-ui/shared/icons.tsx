import type { JSX } from 'preact';

/** Line icons on VS Code's 16 px grid, in the colour of the text; elements, since the page may load no font. */
function Icon({ children, size = 16 }: { children: JSX.Element | JSX.Element[]; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const ChevronDown = () => (
  <Icon>
    <path d="M4 6.5 8 10l4-3.5" />
  </Icon>
);

export const ArrowDown = () => (
  <Icon>
    <path d="M8 3v10M4 9l4 4 4-4" />
  </Icon>
);

export const Cross = () => (
  <Icon size={12}>
    <path d="m4 4 8 8M12 4l-8 8" stroke-width="1.3" />
  </Icon>
);

export const Info = () => (
  <Icon>
    <circle cx="8" cy="8" r="6" />
    <path d="M8 7.5v3.5M8 5v.01" stroke-width="1.3" />
  </Icon>
);

export const Failed = () => (
  <Icon>
    <circle cx="8" cy="8" r="6" />
    <path d="m6 6 4 4M10 6l-4 4" />
  </Icon>
);

export const PictureFrame = () => (
  <Icon size={48}>
    <rect x="1.5" y="2.5" width="13" height="11" rx="1.2" stroke-width=".6" />
    <circle cx="5.2" cy="6" r="1.1" stroke-width=".6" />
    <path d="m2 12 3.6-3.5L8 10.8 11 7.5l3.4 3.6" stroke-width=".6" />
  </Icon>
);
