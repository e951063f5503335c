/// Chromium, driven as a reader drives it.
module Coverage.Tests.Browser

open System
open System.IO
open System.Text.Json
open System.Threading.Tasks
open Deque.AxeCore.Playwright
open Expecto
open Microsoft.Playwright
open Coverage.Tests.Sandbox

let wait (task: Task<'a>) : 'a = task.GetAwaiter().GetResult()
let finish (task: Task) : unit = task.GetAwaiter().GetResult()

let private chromium =
    Environment.GetEnvironmentVariable "PATH"
    |> Option.ofObj
    |> Option.defaultValue ""
    |> _.Split(':')
    |> Seq.map (fun folder -> Path.Combine(folder, "chromium"))
    |> Seq.tryFind File.Exists

/// One for all tests, each of which has a profile of its own.
let private browser =
    lazy
        (match chromium with
         | None -> None
         | Some path ->
             let driver = wait (Playwright.CreateAsync())
             let args = [ "--no-sandbox"; "--disable-dev-shm-usage" ]
             let options = BrowserTypeLaunchOptions(ExecutablePath = path, Args = args)
             let browser = wait (driver.Chromium.LaunchAsync options)

             AppDomain.CurrentDomain.ProcessExit.Add(fun _ ->
                 browser.CloseAsync().Wait(TimeSpan.FromSeconds 5.0) |> ignore
                 driver.Dispose())

             Some browser)

/// A text as it is read: a space at which no line breaks is a space.
let private asRead (text: string) = text.Replace('\u00a0', ' ')

/// A reader's window on a service; what its scripts complain of fails the test.
type Window(context: IBrowserContext) =
    let page = wait (context.NewPageAsync())
    let complaints = Collections.Concurrent.ConcurrentQueue<string>()
    let asked = Collections.Concurrent.ConcurrentQueue<string>()

    do
        context.SetDefaultTimeout(float32 60_000)
        page.PageError.Add complaints.Enqueue
        page.Request.Add(fun request -> asked.Enqueue request.Url)

        page.Console.Add(fun message ->
            // The browser itself reports a lost connection, and the status of a cut that is refused, comes later or is too long.
            let isOfBrowser =
                [ "ERR_"; "status of 406"; "status of 503"; "status of 413" ]
                |> List.exists message.Text.Contains

            // A service that keeps no history of its fleets says so by this status.
            let isNoHistory =
                message.Text.Contains "status of 404"
                && message.Location.Contains "/api/v1/fleet/"

            if message.Type = "error" && not isOfBrowser && not isNoHistory then
                complaints.Enqueue message.Text)

    member _.Page: IPage = page

    member _.Context: IBrowserContext = context

    /// The addresses that were asked for.
    member _.Asked: string list = List.ofSeq asked

    member _.Complaints: string list = List.ofSeq complaints

    member _.Open(address: string) : unit = wait (page.GotoAsync address) |> ignore

    /// What a script gives, as JSON.
    member _.Evaluate(script: string, argument: obj) : JsonElement =
        (wait (page.EvaluateAsync(script, argument))).Value

    member _.Evaluate(script: string) : JsonElement =
        (wait (page.EvaluateAsync script)).Value

    /// Waits until a script gives true.
    member _.Until(what: string, script: string) : unit =
        try
            wait (page.WaitForFunctionAsync script) |> ignore
        with error ->
            failtestf "not so: %s; %s; complaints: %A" what error.Message (List.ofSeq complaints)

    /// Waits until the timeline shows all that is to be shown.
    member this.AwaitTimeline() : unit =
        this.Until("the timeline is complete", "() => document.querySelector('#timeline[aria-busy=false]')")

    member _.Click(selector: string) : unit = finish (page.ClickAsync selector)

    member _.Press([<ParamArray>] keys: string[]) : unit =
        for key in keys do
            finish (page.Keyboard.PressAsync key)

    /// The texts of the elements that a selector finds.
    member _.Texts(selector: string) : string list =
        wait (page.Locator(selector).AllInnerTextsAsync())
        |> Seq.map asRead
        |> List.ofSeq

    member this.Text(selector: string) : string = List.exactlyOne (this.Texts selector)

    /// What the timeline tells a screen reader.
    member _.Told: string =
        match wait (page.GetAttributeAsync("#timeline", "aria-valuetext")) with
        | null -> ""
        | text -> asRead text

    /// What is shown, as the address has it.
    member _.Hash: string = Uri(page.Url).Fragment

    /// Where something is on the page: left, top, width, height.
    member _.Box(selector: string) : float * float * float * float =
        match wait (page.Locator(selector).BoundingBoxAsync()) with
        | null -> failtestf "%s is not shown" selector
        | box -> float box.X, float box.Y, float box.Width, float box.Height

    /// What the rules of axe find wrong.
    member _.Violations: string list =
        [ for rule in (wait (page.RunAxe())).Violations do
              for node in rule.Nodes -> $"{rule.Id}: {node.Html}: {rule.Help}" ]

    interface IDisposable with
        member _.Dispose() = finish (context.CloseAsync())

/// A window with a profile of its own; the test is skipped where there is no browser.
let openWindow (options: BrowserNewContextOptions) : Window =
    match browser.Value with
    | Some browser -> new Window(wait (browser.NewContextAsync options))
    | None -> skiptest "needs chromium"

/// A test in a window of the usual size, on a service's page.
let onPage (service: Service) (address: string) (test: Window -> unit) : unit =
    use window = openWindow (BrowserNewContextOptions(TimezoneId = "Europe/Berlin"))
    service.AwaitReady()
    window.Open $"http://127.0.0.1:{service.Port}/{address}"
    test window
    Expect.equal window.Complaints [] "scripts run without a complaint"
