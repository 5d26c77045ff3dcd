package peers;

import java.util.Arrays;

/** Fields of a line, and of what was made of it, as bytes: nothing is decoded that nobody reads. */
final class Row {
    private static final byte TAB = '\t';
    private static final long DAY_MS = 86_400_000;

    private Row() {}

    /** Where field `index` begins, counted from 0. */
    private static int start(byte[] row, int index) {
        int at = 0;
        for (int tabs = 0; tabs < index; at++) if (row[at] == TAB) tabs++;
        return at;
    }

    private static int end(byte[] row, int from) {
        int at = from;
        while (at < row.length && row[at] != TAB) at++;
        return at;
    }

    static byte[] field(byte[] row, int index) {
        int from = start(row, index);
        return Arrays.copyOfRange(row, from, end(row, from));
    }

    /** The fields of those indexes, ascending, with tabs between; reads no further than the last. */
    static byte[] fields(byte[] row, int... indexes) {
        byte[] taken = new byte[row.length];
        int length = 0, at = 0, index = 0;
        for (int wanted : indexes) {
            for (; index < wanted; at++) if (row[at] == TAB) index++;
            int to = end(row, at);
            if (length > 0) taken[length++] = TAB;
            System.arraycopy(row, at, taken, length, to - at);
            length += to - at;
            at = to;
        }
        return Arrays.copyOf(taken, length);
    }

    /** A row without what follows the first comma of its last field. */
    static byte[] cutLastAtComma(byte[] row) {
        int from = row.length;
        while (from > 0 && row[from - 1] != TAB) from--;
        for (int at = from; at < row.length; at++) if (row[at] == ',') return Arrays.copyOf(row, at);
        return row;
    }

    static byte[] joined(byte[] left, byte[] right) {
        byte[] both = Arrays.copyOf(left, left.length + 1 + right.length);
        both[left.length] = TAB;
        System.arraycopy(right, 0, both, left.length + 1, right.length);
        return both;
    }

    static boolean same(byte[] row, int field, byte[] other, int otherField) {
        int from = start(row, field), otherFrom = start(other, otherField);
        return Arrays.equals(row, from, end(row, from), other, otherFrom, end(other, otherFrom));
    }

    static boolean is(byte[] row, int field, char only) {
        int from = start(row, field);
        return end(row, from) == from + 1 && row[from] == only;
    }

    /** YYYYMMDDHHMMSS in a field, as milliseconds since the epoch. */
    static long timeMs(byte[] row, int field) {
        int at = start(row, field);
        int year = number(row, at, 4), month = number(row, at + 4, 2), day = number(row, at + 6, 2);
        long seconds = number(row, at + 8, 2) * 3600L + number(row, at + 10, 2) * 60L + number(row, at + 12, 2);
        return java.time.LocalDate.of(year, month, day).toEpochDay() * DAY_MS + seconds * 1000;
    }

    private static int number(byte[] row, int at, int digits) {
        int value = 0;
        for (int i = at; i < at + digits; i++) value = value * 10 + row[i] - '0';
        return value;
    }
}
