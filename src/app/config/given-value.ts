/** What somebody has set, before anybody knows whether it is right. */
export interface GivenValue {
  /** The name as it is given: `file.yaml`'s dotted key. */
  readonly name: string;
  readonly text: string;
  /** Where it was found, for messages: `config.yaml:3`, or the variable. */
  readonly origin: string;
}
