import type { Answer, AnswerColumn, Database } from "../sinks/postgres/database.ts";
import { type Refusal, StatementError } from "../sinks/postgres/statement-error.ts";

export interface MartQuestion {
  /** One statement. */
  readonly sql: string;
  readonly rowsMax: number;
  readonly timeoutMs: number;
}

export interface MartAnswer {
  readonly columns: readonly AnswerColumn[];
  readonly rows: Answer["rows"];
  /** Whether there are more rows than were asked for. */
  readonly more: boolean;
}

/** The database refuses the question; the position is one in its text. */
export class QuestionRefused extends Error {
  override readonly name = "QuestionRefused";
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.message, options);
    this.refusal = refusal;
  }
}

const CURSOR = "declare answer no scroll cursor for ";

/** What a cursor can be opened for; anything else that only reads answers in a few rows. */
const HAS_CURSOR = /^(?:\s|--[^\n]*\n|\/\*.*?\*\/|\()*(?:select|with|values|table)\b/is;

/** Asks in a transaction that cannot write. @throws QuestionRefused */
export async function ask(
  database: Database,
  { sql, rowsMax, timeoutMs }: MartQuestion,
): Promise<MartAnswer> {
  const byCursor = HAS_CURSOR.test(sql);
  try {
    const { columns, rows } = await database.transaction(
      async (tx) => {
        await tx.execute("set transaction read only; set local time zone 'UTC'");
        if (!byCursor) return await tx.query(sql);
        await tx.query(`${CURSOR}${sql}`);
        return await tx.query(`fetch ${rowsMax + 1} from answer`);
      },
      { timeoutMs },
    );
    return { columns, rows: rows.slice(0, rowsMax), more: rows.length > rowsMax };
  } catch (cause) {
    if (!(cause instanceof StatementError)) throw cause;
    const { position } = cause.refusal;
    const shift = byCursor ? CURSOR.length : 0;
    const at = position === undefined ? undefined : position - shift;
    throw new QuestionRefused({ ...cause.refusal, position: at }, { cause });
  }
}
