/** What a field can do: become a column, be asked for, be counted by. */
import { Icon } from '../../components/icon';
import { MenuItem, Popup } from '../../components/popup';

export interface FieldActions {
  columns: string[];
  /** `key` as it is written in a question. */
  filter: (key: string, value: unknown, exclude: boolean) => void;
  /** Joins a term to the question. */
  add: (clause: string) => void;
  /** Puts pipes in place of the question's own. */
  pipe: (pipes: string) => void;
  /** `field` as it is stored. */
  column: (field: string) => void;
  /** A step for series over the page's range. */
  step: string;
}

interface Props {
  /** As stored. */
  field: string;
  /** As written in a question. */
  name: string;
  numeric: boolean;
  actions: FieldActions;
}

const COLUMN_OF: Record<string, string> = { severity_text: 'level', 'service.name': 'service', body: 'message' };

export function FieldMenu({ field, name, numeric, actions }: Props) {
  const column = COLUMN_OF[field] ?? field;
  const shown = actions.columns.includes(column);
  return (
    <Popup class="icon-button" label={`More about ${field}`} face={<Icon name="more" size={14} />}>
      {(close) => {
        const item = (label: string, run: () => void) => (
          <MenuItem
            onClick={() => {
              close();
              run();
            }}
          >
            {label}
          </MenuItem>
        );
        return (
          <>
            <div class="menu-head mono">{name}</div>
            {item(shown ? 'Take out the column' : 'Show as a column', () => actions.column(column))}
            {item('Only records that have it', () => actions.add(`has:${name}`))}
            {item('Only records without it', () => actions.add(`-has:${name}`))}
            <hr class="menu-rule" />
            {item('Count by it', () => actions.pipe(`| count by ${name}`))}
            {item('Count by it over time', () => actions.pipe(`| count by ${name} every ${actions.step}`))}
            {item('Commonest values', () => actions.pipe(`| top 20 ${name}`))}
            {numeric && item('Percentiles', () => actions.pipe(`| stats count, min(${name}), p50(${name}), p95(${name}), p99(${name}), max(${name})`))}
            {numeric && item('Percentiles over time', () => actions.pipe(`| stats p50(${name}), p95(${name}) every ${actions.step}`))}
          </>
        );
      }}
    </Popup>
  );
}
