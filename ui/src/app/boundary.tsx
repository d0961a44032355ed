/** A page that breaks says so and leaves the rest of the app usable. */
import { Component, type ComponentChildren } from 'preact';
import { ApiError } from '../api/client';
import { ErrorBox } from '../components/states';

interface Props {
  /** Going elsewhere clears the error. */
  at: string;
  children: ComponentChildren;
}

export class Boundary extends Component<Props, { error: Error | null }> {
  override state = { error: null as Error | null };

  static override getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidCatch(error: Error) {
    console.error(error);
  }

  override componentDidUpdate(before: Props) {
    if (before.at !== this.props.at && this.state.error) this.setState({ error: null });
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div class="main">
        <ErrorBox error={new ApiError(0, 'internal_page', `This page broke: ${error.message}`)} retry={() => this.setState({ error: null })} />
      </div>
    );
  }
}
