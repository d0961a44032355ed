/** An answer that is an error. */
export class Fail extends Error {
  constructor(status, code, message, position) {
    super(message);
    Object.assign(this, { status, code, position });
  }
}
