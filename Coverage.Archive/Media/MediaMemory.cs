using System;
using Microsoft.FSharp.Core;

namespace Coverage;

/// <summary>What media files said of themselves, remembered from one run of the program to the next.</summary>
/// <param name="Recall">What the file of a path said when it had this stamp; null where that is not known. Several threads ask.</param>
/// <param name="Keep">Takes what a listing of the archive found, after each listing.</param>
internal sealed record MediaMemory(
    Func<string, FileStamp, FSharpResult<Media, MediaFault>?> Recall, Action<TreeListing<MediaFile>> Keep);
