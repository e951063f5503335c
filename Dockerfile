FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
# With its own runtime the program is compiled ahead as one: its service starts sooner.
RUN ./build.sh dist --self-contained

FROM mcr.microsoft.com/dotnet/runtime-deps:10.0
COPY --from=build /src/dist /opt/segment-coverage
# Port 8006 unless --metrics-port says otherwise. Runs as root, for deployments mount volumes that root owns.
EXPOSE 8006
ENTRYPOINT ["/opt/segment-coverage/segment-coverage"]
