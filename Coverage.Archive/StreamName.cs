using System.IO;

namespace Coverage;

/// <summary>The name of a stream.</summary>
internal sealed record StreamName(string Channel, string Quality)
{
    /// <summary>Its folder in an archive.</summary>
    public string PathIn(string baseFolder) => Path.Combine(baseFolder, Channel, Quality);

    /// <summary>CHANNEL/QUALITY, safe on one line.</summary>
    public override string ToString() => $"{Engine.Printable(Channel)}/{Engine.Printable(Quality)}";
}
