/** The pages of releases, fetched as one: they share most of what they are made of. */
import Compare from '../release/compare';
import ReleasePage from '../release/release';
import Releases from './releases';

export default function ReleasePages({ view }: { view: 'list' | 'one' | 'compare' }) {
  return view === 'list' ? <Releases /> : view === 'compare' ? <Compare /> : <ReleasePage />;
}
