using System;
using System.Collections.Immutable;
using System.Linq;
using Coverage.Units;

namespace Coverage.Host;

/// <summary>What a field holds.</summary>
internal enum Unit
{
    /// <summary>Words.</summary>
    Text,

    /// <summary>What an instant is, in one word.</summary>
    Word,

    /// <summary>A point in time.</summary>
    Instant,

    /// <summary>The name of an hour's folder.</summary>
    Hour,

    /// <summary>A length of time.</summary>
    Seconds,

    /// <summary>How many there are.</summary>
    Count,

    /// <summary>A share, from 0 to 1.</summary>
    Ratio,

    /// <summary>Yes or no.</summary>
    Flag,

    /// <summary>Whole microseconds.</summary>
    Microseconds,
}

/// <summary>The value of a field. An instant has both forms; the default value has neither: nothing is known.</summary>
/// <param name="Number">As gauges and, where there is no text, the machine formats show it.</param>
/// <param name="Text">As the machine formats show it.</param>
/// <param name="Flag">Yes or no, where it is that.</param>
internal readonly record struct FieldValue(decimal? Number, string? Text, bool? Flag = null)
{
    public static implicit operator FieldValue(bool flag) => new(null, null, flag);

    public static implicit operator FieldValue(decimal? number) => new(number, null);

    public static implicit operator FieldValue(long number) => new(number, null);

    public static implicit operator FieldValue(string? text) => new(null, text);

    public static implicit operator FieldValue(Duration length) => new(length.Seconds, null);

    public static implicit operator FieldValue(Instant instant) =>
        new(new Duration(instant.Microseconds).Seconds, instant.ToString());

    public static implicit operator FieldValue(Hour hour) => new(null, hour.ToString());
}

/// <summary>A gauge that shows a field.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The value of its label <c>type</c>; null when it has no such label.</param>
internal sealed record GaugeOf(string Name, string? Type = null);

/// <summary>One figure, or name, of something: every output that shows it takes it from here.</summary>
/// <param name="Key">Its key: in JSON with a dot before each nested key, in CSV with an underscore.</param>
/// <param name="Unit">What it holds.</param>
/// <param name="Help">What it is, for the metrics and for the description of the API.</param>
/// <param name="Of">Its value.</param>
internal sealed record Field<T>(string Key, Unit Unit, string Help, Func<T, FieldValue> Of)
{
    /// <summary>The keys of the objects that hold it, the outermost first.</summary>
    public ImmutableArray<string> Objects { get; } = [.. Key.Split('.').SkipLast(1)];

    /// <summary>Its key in the innermost object.</summary>
    public string Name { get; } = Key.Split('.')[^1];

    /// <summary>The gauge that shows it, if any.</summary>
    public GaugeOf? Gauge { get; init; }

    /// <summary>Whether it can be unknown.</summary>
    public bool IsNullable { get; init; }

    /// <summary>The same field of something that has a <typeparamref name="T"/>, or perhaps none.</summary>
    public Field<TOuter> In<TOuter>(Func<TOuter, T?> inner, bool isOptional = false) =>
        new(Key, Unit, Help, outer => inner(outer) is { } one ? Of(one) : default)
        {
            Gauge = Gauge,
            IsNullable = IsNullable || isOptional,
        };
}
