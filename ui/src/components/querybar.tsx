/** A bar for plain text: Enter asks, the cross clears. */
import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icon';

interface Props {
  value: string;
  onSubmit: (q: string) => void;
  placeholder: string;
  label: string;
  busy?: boolean;
}

export function QueryBar({ value, onSubmit, placeholder, label, busy }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <div class="querybar" data-query>
      <Icon name="search" />
      <input
        class="querybar-input"
        value={text}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        aria-label={label}
        placeholder={placeholder}
        onInput={(e) => setText(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key !== 'Enter' || e.isComposing) return;
          e.preventDefault();
          onSubmit(text.trim());
        }}
      />
      {busy && <span class="spinner" role="status" aria-label="Searching" />}
      {text && (
        <button
          class="icon-button"
          aria-label="Clear"
          title="Clear"
          onClick={() => {
            setText('');
            onSubmit('');
          }}
        >
          <Icon name="close" size={14} />
        </button>
      )}
    </div>
  );
}
