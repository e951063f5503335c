using System;
using System.Globalization;

namespace Coverage;

/// <summary>A line of a list cannot be read. The message is a sentence that names the list and the line, and is safe on one line.</summary>
/// <param name="list">The list, as messages name it.</param>
/// <param name="line">The line, the first one being 1.</param>
/// <param name="what">What is wrong, and what is allowed.</param>
internal sealed class ListException(string list, long line, string what)
    : Exception($"{list}, line {line.ToString(CultureInfo.InvariantCulture)}: {what}");
