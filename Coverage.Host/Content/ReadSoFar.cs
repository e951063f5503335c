using System;

namespace Coverage.Host;

/// <summary>How far the service has read files.</summary>
/// <param name="Part">The part that was read last; 0 before the first was.</param>
/// <param name="All">When the last part was read after all others; null before.</param>
internal sealed record ReadSoFar(int Part, DateTimeOffset? All);
