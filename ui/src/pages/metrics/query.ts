/** One line of the editor: what its graph and table are drawn from. */
export interface Query {
  letter: string;
  text: string;
  hidden: boolean;
}
