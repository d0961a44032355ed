/** The list of monitors and the page of one, fetched together. */
import Crons from './crons';
import MonitorPage from './monitor';

/** `id` null: all of them. */
export default function CronPages({ id }: { id: number | null }) {
  return id === null ? <Crons /> : <MonitorPage key={id} id={id} />;
}
