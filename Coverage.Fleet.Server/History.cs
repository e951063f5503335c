using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;
using Coverage.Units;
using Npgsql;
using NpgsqlTypes;

namespace Coverage.FleetServer;

/// <summary>What of the history is asked for. Of all that is null, everything.</summary>
/// <param name="Fleet">The fleet.</param>
/// <param name="Channel">A channel.</param>
/// <param name="Quality">A quality.</param>
/// <param name="Node">A node.</param>
/// <param name="Word">A word as it is stored: <c>fillable</c>.</param>
/// <param name="From">The window's first instant.</param>
/// <param name="Until">The window's end, which is excluded.</param>
internal sealed record HistoryQuestion(
    string Fleet, string? Channel, string? Quality, string? Node, string? Word, Instant From, Instant Until);

/// <summary>A span of the history.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Node">The node; null for what is said of the stream itself.</param>
/// <param name="Word">The word.</param>
/// <param name="Reason">Why, of what is withheld or endangered.</param>
/// <param name="Start">The first instant of the recording that it is about.</param>
/// <param name="End">The end of it, which is excluded.</param>
/// <param name="Opened">The first look that said so.</param>
/// <param name="Closed">The first look that no longer did; null while it is open.</param>
/// <param name="Became">The word that the time had in that look; null while it is open, and where it left the fleet's extent.</param>
internal sealed record RecordedSpan(
    StreamName Stream,
    string? Node,
    string Word,
    string? Reason,
    Instant Start,
    Instant End,
    Instant Opened,
    Instant? Closed,
    string? Became);

/// <summary>How long time had a word on a node until the node had it.</summary>
/// <param name="Word">The word.</param>
/// <param name="Node">The node; null for what is said of streams themselves.</param>
/// <param name="Pieces">How many pieces of time it was.</param>
/// <param name="Recording">How long they are.</param>
/// <param name="Least">The shortest wait of a piece, from when it opened to when it closed.</param>
/// <param name="Median">The median of the waits, of an even number the lower one of the middle.</param>
/// <param name="NineOfTen">The shortest wait that is no shorter than those of nine pieces in ten.</param>
/// <param name="Greatest">The longest wait.</param>
internal sealed record FillTime(
    string Word,
    string? Node,
    long Pieces,
    Duration Recording,
    Duration Least,
    Duration Median,
    Duration NineOfTen,
    Duration Greatest);

/// <summary>The history of fleets in PostgreSQL: when which time of which stream had which word.</summary>
/// <param name="database">The database, with the tables of <c>0003-history.sql</c> on its search path.</param>
/// <param name="cluster">The cluster whose history it is: two that look at fleets of the same name do not write the same.</param>
internal sealed class History(NpgsqlDataSource database, string cluster)
{
    private const string Begin = """
        INSERT INTO history_stream (cluster, fleet, channel, quality, epoch, writes) VALUES ($1, $2, $3, $4, 1, 0)
        ON CONFLICT (cluster, fleet, channel, quality) DO UPDATE SET epoch = history_stream.epoch + 1
        RETURNING id, epoch
        """;

    private const string IsAsked = """
        stream.cluster = $8 AND stream.fleet = $1 AND ($2 IS NULL OR stream.channel = $2) AND ($3 IS NULL OR stream.quality = $3)
            AND ($4 IS NULL OR span.node = $4) AND ($5 IS NULL OR span.word = $5)
        """;

    // What is open and what is closed, stream by stream: each has an index, and both at once would read the whole table.
    private const string Spans = $"""
        SELECT stream.channel, stream.quality, span.node, span.word, span.reason,
            span.start_us, span.end_us, span.opened_us, span.closed_us, span.became
        FROM history_stream AS stream CROSS JOIN LATERAL (
            SELECT * FROM history_span WHERE stream = stream.id AND closed_us IS NULL AND opened_us < $7
            UNION ALL
            SELECT * FROM history_span WHERE stream = stream.id AND closed_us > $6 AND opened_us < $7
        ) AS span
        WHERE {IsAsked}
        ORDER BY span.opened_us, stream.channel, stream.quality, span.node NULLS FIRST, span.word, span.reason, span.start_us
        LIMIT $9
        """;

    // Endangered time was had all along.
    private const string Fills = $"""
        SELECT word, node, count(*), sum(end_us - start_us)::bigint,
            percentile_disc(ARRAY[0, 0.5, 0.9, 1]) WITHIN GROUP (ORDER BY closed_us - opened_us)
        FROM history_stream AS stream JOIN history_span AS span ON span.stream = stream.id
        WHERE {IsAsked}
            AND span.closed_us >= $6 AND span.closed_us < $7 AND span.became = 'had' AND span.word <> 'endangered'
        GROUP BY word, node
        ORDER BY word, node NULLS FIRST
        """;

    /// <summary>
    /// Begins to write a stream: the activation takes the next epoch, after which none that began before can write, and reads what is open.
    /// </summary>
    /// <param name="fleet">The fleet's name.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="stop">Stops it.</param>
    /// <exception cref="NpgsqlException">The database does not answer, or refuses: begin again with the next look.</exception>
    public async Task<StreamHistory> BeginAsync(string fleet, StreamName stream, CancellationToken stop)
    {
        long id, epoch;
        await using (NpgsqlCommand command = database.CreateCommand(Begin))
        {
            command.Parameters.AddWithValue(cluster);
            command.Parameters.AddWithValue(fleet);
            command.Parameters.AddWithValue(stream.Channel);
            command.Parameters.AddWithValue(stream.Quality);
            await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(stop);
            await rows.ReadAsync(stop);
            (id, epoch) = (rows.GetInt64(0), rows.GetInt64(1));
        }

        return await StreamHistory.OfAsync(database, id, epoch, stop);
    }

    /// <summary>The spans that were open at some instant of the window, by when they opened.</summary>
    /// <param name="question">Which.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="stop">Stops it.</param>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public async Task<ImmutableArray<RecordedSpan>> SpansAsync(HistoryQuestion question, int most, CancellationToken stop)
    {
        await using NpgsqlCommand command = Ask(Spans, question);
        command.Parameters.AddWithValue(most);
        var found = ImmutableArray.CreateBuilder<RecordedSpan>();
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(stop);
        while (await row.ReadAsync(stop))
        {
            found.Add(new(
                new(row.GetString(0), row.GetString(1)),
                TextAt(row, 2),
                row.GetString(3),
                TextAt(row, 4),
                new(row.GetInt64(5)),
                new(row.GetInt64(6)),
                new(row.GetInt64(7)),
                row.IsDBNull(8) ? null : new Instant(row.GetInt64(8)),
                TextAt(row, 9)));
        }

        return found.DrainToImmutable();
    }

    /// <summary>
    /// How long time had each word until it was had, by word and node: of the pieces that closed in the window and became <c>had</c>. Those of
    /// <c>endangered</c> time are left out, which was had all along.
    /// </summary>
    /// <param name="question">Which.</param>
    /// <param name="stop">Stops it.</param>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public async Task<ImmutableArray<FillTime>> FillTimesAsync(HistoryQuestion question, CancellationToken stop)
    {
        await using NpgsqlCommand command = Ask(Fills, question);
        var found = ImmutableArray.CreateBuilder<FillTime>();
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(stop);
        while (await row.ReadAsync(stop))
        {
            long[] waits = row.GetFieldValue<long[]>(4);
            found.Add(new(
                row.GetString(0),
                TextAt(row, 1),
                row.GetInt64(2),
                new(row.GetInt64(3)),
                new(waits[0]),
                new(waits[1]),
                new(waits[2]),
                new(waits[3])));
        }

        return found.DrainToImmutable();
    }

    private static string? TextAt(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private NpgsqlCommand Ask(string sql, HistoryQuestion question)
    {
        NpgsqlCommand command = database.CreateCommand(sql);
        foreach (string? text in (string?[])[question.Fleet, question.Channel, question.Quality, question.Node, question.Word])
        {
            command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = text, NpgsqlDbType = NpgsqlDbType.Text });
        }

        command.Parameters.AddWithValue(question.From.Microseconds);
        command.Parameters.AddWithValue(question.Until.Microseconds);
        command.Parameters.AddWithValue(cluster);
        return command;
    }
}
