using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;
using Microsoft.FSharp.Core;
using Npgsql;
using NpgsqlTypes;

namespace Coverage.FleetServer;

/// <summary>
/// Writes the history of one stream, for one activation. Each write is a single statement: it compares the epoch and the number of writes, and
/// changes the spans in the same step. So no other activation and no retry can write the same twice, and a process that is paused in the middle
/// holds no lock.
/// <para>
/// While the database is away nothing that matters is lost: looks are still followed in memory, and the first write after it is back stores
/// what opened and closed meanwhile, with the instants of the looks that saw it. A write without an answer is tried again as it was, so that
/// it does not matter which try was done. Only where more than <see cref="MostUnwritten"/> pieces closed meanwhile memory no longer fits the
/// database: what is stored is compared with the newest look, and what opened or closed since then has the instant of that look.
/// </para>
/// Looks are followed while a write is on its way, on the same thread as it.
/// </summary>
internal sealed class StreamHistory
{
    /// <summary>So many closed pieces wait in memory at most while the database is away.</summary>
    public const int MostUnwritten = 10_000;

    private const string Read = """
        SELECT stream.epoch, stream.writes, span.node, span.word, span.reason, span.start_us, span.end_us, span.opened_us
        FROM history_stream AS stream
        LEFT JOIN history_span AS span ON span.stream = stream.id AND span.closed_us IS NULL
        WHERE stream.id = $1
        """;

    // Pieces that are gone from what is open are deleted; what is left of them comes back among the added ones, open or closed. Where the
    // first step finds another epoch, or a write that is not known here, the others have no row to work on.
    private const string Write = """
        WITH own AS (
            UPDATE history_stream SET writes = writes + 1 WHERE id = $1 AND epoch = $2 AND writes = $3 RETURNING id
        ), gone AS (
            DELETE FROM history_span AS span
            USING own, unnest($4, $5, $6, $7) AS piece (node, word, reason, start_us)
            WHERE span.stream = own.id AND span.closed_us IS NULL AND span.start_us = piece.start_us
                AND span.word = piece.word AND (span.node, span.reason) IS NOT DISTINCT FROM (piece.node, piece.reason)
        ), added AS (
            INSERT INTO history_span (stream, node, word, reason, start_us, end_us, opened_us, closed_us, became)
            SELECT own.id, piece.* FROM own, unnest($8, $9, $10, $11, $12, $13, $14, $15) AS piece
        )
        SELECT count(*) FROM own
        """;

    private static readonly Dictionary<string, RecordedWord> Words = Enum.GetValues<RecordedWord>().ToDictionary(TextOf);

    private static readonly Dictionary<string, FleetReason> Reasons =
        Enum.GetValues<FleetReason>().Where(reason => reason != FleetReason.None).ToDictionary(FleetText.ofReason);

    private readonly NpgsqlDataSource database;
    private readonly long stream;
    private readonly long epoch;

    /// <summary>How often the stream was written, as far as this activation knows.</summary>
    private long writes;

    /// <summary>What is open in the database, as far as this activation knows.</summary>
    private ImmutableArray<OpenLine> stored = FleetHistory.start;

    /// <summary>What is open after the last look.</summary>
    private ImmutableArray<OpenLine> open = FleetHistory.start;

    /// <summary>What closed and is not yet written.</summary>
    private List<ClosedPiece> closed = [];

    /// <summary>The newest look.</summary>
    private (Instant Now, HistoryLook Look)? newest;

    /// <summary>What the next write stores, from the first try on: what is open after it, and how many closed pieces.</summary>
    private (ImmutableArray<OpenLine> Open, int Over)? batch;

    /// <summary>Whether a try may have been done whose pieces are forgotten.</summary>
    private bool isStray;

    /// <summary>Whether another activation has begun.</summary>
    private bool isLost;

    private StreamHistory(NpgsqlDataSource database, long stream, long epoch)
    {
        this.database = database;
        this.stream = stream;
        this.epoch = epoch;
    }

    /// <summary>What is open after the last look.</summary>
    public ImmutableArray<OpenLine> Open => open;

    /// <summary>Begins to write a stream under an epoch that was just taken.</summary>
    internal static async Task<StreamHistory> OfAsync(NpgsqlDataSource database, long stream, long epoch, CancellationToken stop)
    {
        var history = new StreamHistory(database, stream, epoch);

        await history.ReadAsync(stop);
        return history;
    }

    /// <summary>Follows one more look. What it changed is written by the next <see cref="StoreAsync"/>.</summary>
    /// <param name="now">The instant of the look.</param>
    /// <param name="look">What it says.</param>
    public void Follow(Instant now, HistoryLook look)
    {
        newest = (now, look);
        HistoryStep step = FleetHistory.next(now.Microseconds, open, look);
        open = step.Open;
        closed.AddRange(step.Closed);
    }

    /// <summary>Writes what the looks changed; one call at a time. Where nothing has changed the database is not asked.</summary>
    /// <param name="stop">Stops the writing; whether it was done is found out by the next one.</param>
    /// <returns>False when another activation has begun to write this stream: this one must end, and can write nothing more.</returns>
    /// <exception cref="NpgsqlException">The database does not answer, or refuses. The looks are kept, see the class.</exception>
    /// <exception cref="InvalidDataException">The database holds what no writer of ours has stored.</exception>
    public async Task<bool> StoreAsync(CancellationToken stop)
    {
        try
        {
            while (!isLost)
            {
                batch ??= (open, closed.Count);
                if (await TryStoreAsync(batch.Value, stop) is not { } isStored)
                {
                    batch = null;
                    return true;
                }

                if (isStored)
                {
                    Stored(batch.Value);
                }
                else
                {
                    await ReadAsync(stop);
                }
            }

            return false;
        }
        catch when (closed.Count > MostUnwritten)
        {
            open = stored;
            closed = [];
            (batch, isStray) = (null, true);
            throw;
        }
    }

    /// <summary>The word as it is stored: <c>fillable</c>.</summary>
    private static string TextOf(RecordedWord word) => word.ToString().ToLowerInvariant();

    private static string? TextOf(FleetReason reason) => reason == FleetReason.None ? null : FleetText.ofReason(reason);

    private static string? TextOf(FSharpValueOption<FleetWord> word) => word.IsSome ? FleetText.ofWord(word.Value) : null;

    /// <summary>Finds out why a write was not done: another activation has begun, or an earlier try was done and its answer lost.</summary>
    private async Task ReadAsync(CancellationToken stop)
    {
        var pieces = new List<OpenPiece>();
        long? owner = null;
        long done = 0;
        await using NpgsqlCommand command = database.CreateCommand(Read);
        command.Parameters.AddWithValue(stream);
        await using (NpgsqlDataReader rows = await command.ExecuteReaderAsync(stop))
        {
            while (await rows.ReadAsync(stop))
            {
                owner = rows.GetInt64(0);
                done = rows.GetInt64(1);
                if (!rows.IsDBNull(3))
                {
                    pieces.Add(PieceOf(rows));
                }
            }
        }

        isLost = owner != epoch;
        if (batch is { } tried && !isLost && !isStray && done == writes + 1)
        {
            Stored(tried);
            return;
        }

        // Memory does not fit: it is forgotten but for the newest look.
        (stored, writes, closed, batch, isStray) = (FleetHistory.ofPieces(pieces), done, [], null, false);
        open = stored;
        if (newest is { } last)
        {
            Follow(last.Now, last.Look);
        }
    }

    /// <summary>Notes that a write was done. Looks may have been followed meanwhile.</summary>
    private void Stored((ImmutableArray<OpenLine> Open, int Over) done)
    {
        (stored, batch, isStray) = (done.Open, null, false);
        closed.RemoveRange(0, done.Over);
        writes++;
    }

    private OpenPiece PieceOf(NpgsqlDataReader row)
    {
        string word = row.GetString(3);
        string? reason = row.IsDBNull(4) ? null : row.GetString(4);
        FleetReason why = FleetReason.None;
        if (!Words.TryGetValue(word, out RecordedWord known) || (reason is not null && !Reasons.TryGetValue(reason, out why)))
        {
            string what = Engine.Printable(reason is null ? word : $"{word} ({reason})");
            throw new InvalidDataException(
                $"table history_span holds '{what}', which this version does not know; run the version that wrote it, or a later one");
        }

        return new(
            new(row.IsDBNull(2) ? null : row.GetString(2), known, why),
            IntervalModule.create(row.GetInt64(5), row.GetInt64(6)),
            row.GetInt64(7));
    }

    /// <summary>Stores what differs from what is stored.</summary>
    /// <returns>False when the database does not hold what this activation thinks it does; nothing is written then. Null when nothing differs.</returns>
    private async Task<bool?> TryStoreAsync((ImmutableArray<OpenLine> Open, int Over) batch, CancellationToken stop)
    {
        ImmutableArray<OpenPiece> gone = FleetHistory.without(batch.Open, stored);
        ImmutableArray<ClosedPiece> added =
        [
            .. FleetHistory.without(stored, batch.Open).Select(piece => new ClosedPiece(piece.Line, piece.Time, piece.Opened, 0, default)),
        ];
        int opened = added.Length;
        added = added.AddRange(closed.Take(batch.Over));
        if (gone.IsEmpty && added.IsEmpty)
        {
            return null;
        }

        await using NpgsqlCommand command = database.CreateCommand(Write);
        NpgsqlParameterCollection given = command.Parameters;
        given.AddWithValue(stream);
        given.AddWithValue(epoch);
        given.AddWithValue(writes);
        given.Add(Texts(gone.Select(piece => piece.Line.Node)));
        given.Add(Texts(gone.Select(piece => TextOf(piece.Line.Word))));
        given.Add(Texts(gone.Select(piece => TextOf(piece.Line.Reason))));
        given.Add(Numbers(gone.Select(piece => (long?)piece.Time.Start)));
        given.Add(Texts(added.Select(piece => piece.Line.Node)));
        given.Add(Texts(added.Select(piece => TextOf(piece.Line.Word))));
        given.Add(Texts(added.Select(piece => TextOf(piece.Line.Reason))));
        given.Add(Numbers(added.Select(piece => (long?)piece.Time.Start)));
        given.Add(Numbers(added.Select(piece => (long?)piece.Time.End)));
        given.Add(Numbers(added.Select(piece => (long?)piece.Opened)));
        given.Add(Numbers(added.Select((piece, at) => at < opened ? null : (long?)piece.Closed)));
        given.Add(Texts(added.Select(piece => TextOf(piece.Became))));
        return (long)(await command.ExecuteScalarAsync(stop))! > 0;
    }

    private static NpgsqlParameter Texts(IEnumerable<string?> values) =>
        new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    private static NpgsqlParameter Numbers(IEnumerable<long?> values) =>
        new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };
}
