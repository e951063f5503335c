namespace Coverage.CommandLine

open System
open Argu

/// The text of `--help`.
module internal Usage =

    let head =
        """Finds what is missing in a recording that is kept as many small segments.

USAGE:

    segment-coverage check [CHANNEL ...] [OPTIONS]  check once; print the answer
    segment-coverage map   [CHANNEL ...] [OPTIONS]  write the maps (PNG) once
    segment-coverage serve [CHANNEL ...] [OPTIONS]  run the service: check
                                                    repeatedly, serve metrics
    segment-coverage       [CHANNEL ...] [OPTIONS]  the same as serve

    The command is the first word. --name=value means --name value. If an option
    is repeated, the last one wins. An option can be shortened as long as no
    other option begins so: --first means --first-hour, and -h means --help.
    After a bare -- every word is a channel. Write seconds in digits and a
    point: 60 or 0.25.

"""

    let tail =
        """
ENVIRONMENT:

    SEGMENT_COVERAGE_<OPTION>   sets any option except --version and --help:
                                SEGMENT_COVERAGE_BASE_DIR=/mnt means --base-dir
                                /mnt. The command line wins. An empty variable
                                is ignored. A flag is 1 or true, 0 or false.
    WUBLOADER_LOG_LEVEL         the log level, when neither --log-level nor
                                SEGMENT_COVERAGE_LOG_LEVEL is given

EXAMPLES:

    segment-coverage check --base-dir /mnt
    segment-coverage check desertbus --base-dir /mnt --qualities source,480p
    segment-coverage check --first-hour 2025-11-07T18 --last-hour 2025-11-08T06
    segment-coverage check desertbus --max-missing 2.5 --format json
    segment-coverage map desertbus --base-dir /mnt --output-dir /srv/maps
    segment-coverage serve --base-dir /mnt --bind 127.0.0.1 --metrics-port 8006
    segment-coverage serve desertbus --base-dir /mnt --make-page \
        --connection-string 'host=db user=me dbname=it'

EXIT CODES:

    0    nothing is missing          66   cannot read the base, a stream or the
    1    something is missing             token
    2    no channel is named and     69   cannot listen on the metrics port
         no channel is found         70   internal error, please report it
    64   wrong usage                 73   cannot write a map, a page or the
                                          answer"""

    let parser () =
        ArgumentParser.Create<Argument>(programName = "segment-coverage", checkStructure = false)

    let text (parser: ArgumentParser<Argument>) =
        head
        + parser.PrintUsage(hideSyntax = true, usageStringCharacterWidth = 80).Trim('\r', '\n')
        + "\n"
        + tail

/// What the manual says about an option.
type Described =
    {
        Name: string
        /// The kind of value, such as `seconds`; None for a flag.
        Value: string option
        Text: string
        /// The words of which the value must be one; empty when it can be any.
        Choices: string list
        /// The environment variable that sets the option.
        Variable: string option
    }

/// What `--help` says, in pieces, from which the manual and the completion are written.
module Manual =

    /// What stands before the options.
    let head = Usage.head

    /// What stands after the options.
    let tail = Usage.tail

    /// The options in order.
    let options: Described list =
        [ for case in Usage.parser().GetArgumentCases() do
              if not case.IsMainCommand then
                  let name = case.CommandLineNames.Value.Head

                  { Name = name
                    Value = case.UnionCaseInfo.GetFields() |> Array.tryHead |> Option.map _.Name
                    Text = case.Description.Value
                    Choices =
                      match name with
                      | "--format" -> List.map fst Value.formats
                      | "--trust-stamps" -> List.map fst Value.trustChoices
                      | "--log-format" -> List.map fst Value.logFormats
                      | "--log-level" ->
                          List.ofArray (Value.levels.Split([| ", "; " or " |], StringSplitOptions.None))
                      | _ -> []
                    Variable = case.AppSettingsName.Value |> Option.map (fun _ -> Name.variable name) } ]
