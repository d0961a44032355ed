/** A page in its own chunk: fetched when first wanted, with an honest state while it is not there. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { ErrorBox, Loading } from '../components/states';

type Loader<P> = () => Promise<{ default: ComponentType<P> }>;

export function lazy<P extends object>(load: Loader<P>): ComponentType<P> {
  let ready: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [, redraw] = useState(0);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (ready) return;
      let gone = false;
      load().then(
        (m) => {
          ready = m.default;
          if (!gone) redraw((n) => n + 1);
        },
        () => {
          if (!gone) setFailed(true);
        },
      );
      return () => {
        gone = true;
      };
    }, []);
    if (ready) {
      const Page = ready;
      return <Page {...props} />;
    }
    if (failed) {
      const error = new ApiError(0, 'unreachable', 'This page could not be fetched. The server may have been replaced by a newer version: reload.');
      return (
        <div class="main">
          <ErrorBox error={error} retry={() => window.location.reload()} />
        </div>
      );
    }
    return (
      <div class="main">
        <Loading />
      </div>
    );
  };
}
