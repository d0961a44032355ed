/** What SDKs did not send, as they report it: by reason, over time. */
import { serverNow } from '../../api/client';
import { listDiscarded, type Discarded } from '../../api/project';
import { refreshed } from '../../app/range';
import { Section } from '../../components/bits';
import { HistogramChart } from '../../components/histogram';
import { PeriodPicker, periodOf, periodWords, startOf, type Period } from '../../components/period';
import { Async, Empty } from '../../components/states';
import { useData } from '../../lib/data';
import { integer } from '../../lib/format';
import { discardedByDay } from '../../lib/rules';

const USUAL: Period = '30d';
const CHOICE: Period[] = ['7d', '30d', '90d'];

const MEANS: Record<string, string> = {
  ratelimit_backoff: 'told to wait by a limit',
  sample_rate: 'left out by its sample rate',
  queue_overflow: 'its queue was full',
  network_error: 'the server was not reached',
  send_error: 'the server refused it',
  before_send: 'taken out by before_send',
  event_processor: 'taken out by an event processor',
  cache_overflow: 'its cache was full',
  backpressure: 'it had too much to do',
  internal_sdk_error: 'an error within the SDK',
};

export function DiscardedView() {
  const period = periodOf(USUAL);
  const data = useData((s) => listDiscarded(startOf(period), s), [period, refreshed.value]);
  return (
    <Section title="Discarded by SDKs" actions={<PeriodPicker value={period} usual={USUAL} of={CHOICE} />}>
      <Async of={data}>
        {(d) =>
          d.total ? (
            <>
              <div class="panel pad">
                <HistogramChart of={discardedByDay(d.discarded, parseInt(period), serverNow())} height={130} noun="item" onZoom={() => {}} />
              </div>
              <Table of={d.discarded} />
            </>
          ) : (
            <div class="panel">
              <Empty title={`SDKs reported nothing that they left out in the last ${periodWords(period)}`} icon="check">
                <p>Sentry SDKs count what they do not send (client reports) and say why.</p>
              </Empty>
            </div>
          )
        }
      </Async>
    </Section>
  );
}

function Table({ of }: { of: Discarded[] }) {
  const sums = new Map<string, { category: string; reason: string; quantity: number }>();
  for (const { category, reason, quantity } of of) {
    const key = `${reason} ${category}`;
    sums.set(key, { category, reason, quantity: (sums.get(key)?.quantity ?? 0) + quantity });
  }
  const rows = [...sums.values()].sort((a, b) => b.quantity - a.quantity);
  return (
    <div class="panel scroll-x discarded-table">
      <table class="table dense">
        <thead>
          <tr>
            <th>Reason</th>
            <th>Meaning</th>
            <th>Category</th>
            <th class="num">Items</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={`${r.reason} ${r.category}`}>
              <td class="mono">{r.reason}</td>
              <td>{MEANS[r.reason] ?? <span class="dim">–</span>}</td>
              <td class="mono">{r.category}</td>
              <td class="num">{integer(r.quantity)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
